export { type ContactRow, contactSheet } from './contact-sheet.ts';
export { type DecodeCropOptions, decodeCrop } from './decode-crop.ts';
export { default } from './plugin.ts';
export { predictionSheet, type SheetCell } from './prediction-sheet.ts';
export { createSharpDecoder, type SharpDecoderOptions, sharpDecoder } from './sharp-decoder.ts';
