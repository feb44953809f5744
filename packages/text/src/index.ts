export { type TextBatch, type TextBatchOptions, textBatch } from './text-batch.ts';
export { createTokenizer, type Tokenizer } from './tokenizer.ts';
