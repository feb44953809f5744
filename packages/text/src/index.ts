export { buildVocabulary, type VocabularyOptions } from './build-vocabulary.ts';
export { default as textPlugin, tokenizer, type TokenizerType } from './plugin.ts';
export { type TextBatchOptions, textBatch } from './text-batch.ts';
export { createTokenizer, type Tokenizer } from './tokenizer.ts';
export { randomDeletion, randomSwap } from './word-noise.ts';
