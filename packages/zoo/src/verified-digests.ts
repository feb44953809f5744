/**
 * SHA-256 digests of the model files that this version has verified: run, cut and compared with onnxruntime, or, for the weights of an architecture, with PyTorch. A card
 * cannot make a file verified by saying so.
 */
export const verifiedDigests: ReadonlySet<string> = new Set([
  'ce4c35a43cf18fa1ca4bf530699393005152bc50e3911a5b6e8e55d8f1599149', // detypify
  '491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640', // ppocr-cls
  '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff', // ppocr-v4-det
  '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0', // ppocr-v4-rec
  '70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f', // openwakeword-embedding
  'ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f', // openwakeword-mel
  '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db', // efficientnet-lite0
  '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850', // efficientnet-lite1
  '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d', // efficientnet-lite2
  '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db', // all-minilm-l6-v2
]);
