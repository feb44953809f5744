export { type DecodeCropOptions, decodeCrop } from './decode-crop.ts';
export { default } from './plugin.ts';
export { createSharpDecoder, type SharpDecoderOptions, sharpDecoder } from './sharp-decoder.ts';
