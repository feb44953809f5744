/**
 * SHA-256 digests of the model files that this version has verified: run, cut and compared with onnxruntime. A card cannot make a file verified by saying
 * so.
 */
export const verifiedDigests: ReadonlySet<string> = new Set([
  'ce4c35a43cf18fa1ca4bf530699393005152bc50e3911a5b6e8e55d8f1599149', // detypify
  '491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640', // ppocr-cls
  '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff', // ppocr-v4-det
  '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0', // ppocr-v4-rec
  '70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f', // openwakeword-embedding
  'ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f', // openwakeword-mel
]);
