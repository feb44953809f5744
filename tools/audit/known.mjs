// @ts-check
/** @typedef {Readonly<Record<string, string>>} Known what is wrong, by name of the case */

/** @param {string} wrong @param {readonly string[]} names @returns {Known} */
const same = (wrong, names) => Object.fromEntries(names.map((name) => [name, wrong]));

/** What is still wrong, by family. The audit reports a case that is as expected again, to remove it here. @type {Readonly<Record<string, Known>>} */
export const known = {
  models: {
    'two graphs': 'one of two graphs in a file is dropped in silence',
    'an input doubled 26 times': 'Concat of inputs has no limit of elements: it takes memory until there is none',
    'a model of a gigabyte of zeros': 'a model without a card is read twice, and both copies are held',
    'field number 0': 'field number 0, which protobuf forbids, is skipped',
    'external data: a path of a million characters': 'the message repeats the path of the weights in full',
    'external data: one gigabyte named 60 times': 'sixty weights in the same gigabyte take 4 GiB of memory',
  },
  tables: {
    'train.csv: a thousand columns and none of them path': 'the message lists all columns',
    'shard: a bomb of gzip': 'entries of up to 1 GiB are accepted, and several copies of them are held',
    'IDX: a gzip bomb of 2 GiB': 'the limit of 1 GiB takes more memory than 1 GiB',
    ...same("the message is JavaScript's own", ['Parquet: metadata of zeros', 'Parquet: noise']),
  },
  safetensors: {
    'a shape of a hundred thousand ones': 'a tensor may have any number of dimensions',
  },
  checkpoints: {
    ...same('the message says that the format is undefined', ['state.json: null', 'state.json: a number']),
    'state.json: a format of 100,000 characters': 'the message repeats the format in full',
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
  downloads: {
    'an answer without end, up to the limit without a card':
      'an address without a card takes 2 GiB of memory before the limit is reached',
  },
  'run-folders': {
    'a model of a gigabyte': 'a model of one gigabyte takes more than two of memory while its digest is computed',
    ...same('the message has no end', [
      'summary.json: a task that does not exist',
      'summary.json: a modality that does not exist',
      'resume: run.json: an option that is code',
    ]),
    'summary.json alone: preprocessing that is a list': 'a list is taken for preprocessing until the modality reads it',
    'resume: run.json: null': 'the message says that the format is undefined',
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
  'command-output': {
    'an argument of 100,000 characters': 'the message repeats the name in full',
  },
};
