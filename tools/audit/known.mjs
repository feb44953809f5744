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
  images: {
    'predict: a list of paths that never ends, and Ctrl+C': 'one Ctrl+C does not end reading paths from stdin',
  },
  tables: {
    'finetune: a table of 2 million rows, and Ctrl+C': 'one Ctrl+C does not end reading a table',
  },
  safetensors: {
    'a shape of a hundred thousand ones': 'a tensor may have any number of dimensions',
  },
  checkpoints: {
    ...same('the message says that the format is undefined', ['state.json: null', 'state.json: a number']),
    'state.json: a format of 100,000 characters': 'the message repeats the format in full',
  },
  downloads: {
    'an answer without end, up to the limit without a card':
      'an address without a card takes 2 GiB of memory before the limit is reached',
    ...same('one Ctrl+C does not end a download of inspect', [
      'inspect: an answer without end, and Ctrl+C',
      'inspect: silence, and Ctrl+C',
      'inspect: a busy server, and Ctrl+C',
    ]),
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
    'resume: a lock that is a pipe': 'the message is a code of the system and has no end',
  },
  'command-output': {
    'an argument of 100,000 characters': 'the message repeats the name in full',
  },
};
