// @ts-check
/** @typedef {Readonly<Record<string, string>>} Known what is wrong, by name of the case */

/** @param {string} wrong @param {readonly string[]} names @returns {Known} */
const same = (wrong, names) => Object.fromEntries(names.map((name) => [name, wrong]));

/** What is still wrong, by family. The audit reports a case that is as expected again, to remove it here. @type {Readonly<Record<string, Known>>} */
export const known = {
  tables: {
    'train.csv: a thousand columns and none of them path': 'the message lists all columns',
    'shard: a bomb of gzip': 'entries of up to 1 GiB are accepted, and several copies of them are held',
    'IDX: a gzip bomb of 2 GiB': 'the limit of 1 GiB takes more memory than 1 GiB',
    ...same("the message is JavaScript's own", ['Parquet: metadata of zeros', 'Parquet: noise']),
  },
  configurations: {
    'module: a syntax error': 'the message has two lines',
    'module: throws': 'the message has no end',
    'module: throws nothing': "the message is JavaScript's own",
    'module: throws text with control characters': 'the message has two lines',
    'module: a getter that throws': 'the message names no file',
    'finetune: a plugin outside of the folder': 'the message has no end',
    'finetune: a head of a billion units': 'options of a head are not checked: "hidden is not iterable"',
  },
  cards: {
    'a title that turns the line around': 'characters that reorder text are accepted in a title',
  },
  texts: {
    'finetune: a text of 300 MB': 'texts have no limit of size',
    'finetune: a tokenizer of another network':
      'the message names an index of an axis, but neither the tokenizer nor the network',
    ...same("the message is JavaScript's own", [
      'tokenizer: a vocabulary that is a list of numbers',
      'tokenizer: an added token that is null',
      'tokenizer: merges of nothing',
    ]),
    ...same('numbers of tokens are not checked', [
      'tokenizer: a vocabulary of texts',
      'tokenizer: a vocabulary of negative numbers',
      'tokenizer: a vocabulary with the number 2^53',
    ]),
    'tokenizer: a regular expression that backtracks for ever': 'a regular expression of a tokenizer may take for ever',
  },
};
