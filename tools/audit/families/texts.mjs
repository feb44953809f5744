// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel, floats } from '@graft/onnx/suite';
import { createTokenizer } from '@graft/text';
import { refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */

const vocab = { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, '[PAD]': 3, a: 4, b: 5 };
const wordPiece = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab,
  },
};

/** A tokenizer, and a text that it encodes. @param {string} name @param {unknown} content @param {import('../case.mjs').Outcome} outcome @param {string} [text] @param {Partial<Case>} [more] @returns {Case} */
const one = (name, content, outcome, text = 'a b a', more = {}) => ({
  name: `tokenizer: ${name}`,
  file: 'tokenizer.json',
  files: (folder) =>
    writeFileSync(join(folder, 'tokenizer.json'), typeof content === 'string' ? content : JSON.stringify(content)),
  read(folder, work) {
    const ids = createTokenizer(readFileSync(join(folder, 'tokenizer.json'), 'utf8')).encode(text);
    work({ steps: ids.length });
    if (!ids.every((id) => Number.isSafeInteger(id) && id >= 0))
      throw new Error('It gave numbers that are not tokens.');
    return ids.slice(0, 20).join(' ');
  },
  outcome,
  ...more,
});
const wrong = refused(/^This is not a tokenizer\.json/);

/** A network of token embeddings. */
const textNetwork = () =>
  buildModel({
    inputs: { input_ids: { dtype: 'int64', shape: ['N', 'T'] }, attention_mask: { dtype: 'int64', shape: ['N', 'T'] } },
    outputs: ['h'],
    constants: { table: floats([6, 8], (i) => Math.sin(i)) },
    nodes: [['Gather', ['table', 'input_ids'], ['h']]],
  });
/** Training on texts. @param {string} name @param {(data: string, folder: string) => void} put @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const finetune = (name, put, outcome, more = {}) => ({
  name: `finetune: ${name}`,
  files(folder) {
    writeFileSync(join(folder, 'model.onnx'), textNetwork());
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(wordPiece));
    for (const label of ['x', 'y'])
      for (let i = 0; i < 6; i++) {
        mkdirSync(join(folder, 'data', label), { recursive: true });
        writeFileSync(join(folder, 'data', label, `${i}.txt`), label === 'x' ? 'a a' : 'b b');
      }
    put(join(folder, 'data'), folder);
  },
  command: () => ['finetune', '--model', 'model.onnx', '--cut', 'h', '--data', 'data', '--out', 'run', '--epochs', '1'],
  writes: 'run',
  outcome,
  ...more,
});

/** @type {readonly Case[]} */
export const texts = [
  one('as it should be', wordPiece, works(/^4 5 4$/)),
  one('empty', '', wrong),
  one('half', '{"model":', wrong),
  one('null', 'null', wrong),
  one('a list', '[]', wrong),
  one('a million brackets', '['.repeat(1e6), wrong),
  one('no vocabulary', { ...wordPiece, model: { type: 'WordPiece' } }, wrong),
  one('a vocabulary that is null', { ...wordPiece, model: { ...wordPiece.model, vocab: null } }, wrong),
  one('a vocabulary that is a list of numbers', { ...wordPiece, model: { type: 'Unigram', vocab: [1, 2, 3] } }, wrong),
  one('a vocabulary of texts', { ...wordPiece, model: { ...wordPiece.model, vocab: { a: 'x', '[UNK]': 'y' } } }, wrong),
  one(
    'a vocabulary of negative numbers',
    { ...wordPiece, model: { ...wordPiece.model, vocab: { a: -1, '[UNK]': -2 } } },
    wrong,
  ),
  one(
    'a vocabulary with the number 2^53',
    { ...wordPiece, model: { ...wordPiece.model, vocab: { ...vocab, a: 2 ** 53 } } },
    wrong,
  ),
  one('a type that does not exist', { ...wordPiece, model: { ...wordPiece.model, type: 'constructor' } }, wrong),
  one(
    'a word named __proto__',
    JSON.stringify(wordPiece).replace('"a":4', '"__proto__":4,"a":6'),
    works(/4/),
    '__proto__',
  ),
  one(
    '30 normalizers that double each letter',
    {
      ...wordPiece,
      normalizer: {
        type: 'Sequence',
        normalizers: Array.from({ length: 30 }, () => ({ type: 'Replace', pattern: { String: 'a' }, content: 'aa' })),
      },
    },
    refused(/times longer/),
  ),
  one(
    'a template with the text 100,000 times',
    {
      ...wordPiece,
      post_processor: {
        type: 'TemplateProcessing',
        single: Array.from({ length: 100_000 }, () => ({ Sequence: { id: 'A', type_id: 0 } })),
        pair: [],
        special_tokens: {},
      },
    },
    refused(/times longer/),
  ),
  one(
    'a prefix of a million characters',
    { ...wordPiece, normalizer: { type: 'Prepend', prepend: 'x'.repeat(1e6) } },
    refused(/at most 256/),
  ),
  one(
    'a token nested 100,000 deep',
    JSON.stringify(wordPiece).replace('"[UNK]",', `${'['.repeat(1e5)}${']'.repeat(1e5)},`),
    wrong,
  ),
  one('a pre-tokenizer that does not exist', { ...wordPiece, pre_tokenizer: { type: 'Magic' } }, wrong),
  one(
    'a regular expression that backtracks for ever',
    {
      ...wordPiece,
      pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false },
    },
    wrong,
    `${'a'.repeat(40)}b`,
    { heavy: true },
  ),
  one(
    'a regular expression that is broken',
    { ...wordPiece, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false } },
    wrong,
  ),
  one(
    'pre-tokenizers in each other, 10,000 deep',
    `{"model":${JSON.stringify(wordPiece.model)},"pre_tokenizer":${'{"type":"Sequence","pretokenizers":['.repeat(10_000)}${']}'.repeat(10_000)}}`,
    wrong,
  ),
  one(
    'an added token of no characters',
    { ...wordPiece, added_tokens: [{ id: 4, content: '', special: true }] },
    works(),
  ),
  one('an added token that is null', { ...wordPiece, added_tokens: [null] }, wrong),
  one('merges of nothing', { ...wordPiece, model: { type: 'BPE', vocab, merges: [5, null] } }, wrong),
  one('a text of a million letters without a space', wordPiece, works(), 'a'.repeat(1e6), {
    heavy: true,
    budget: { steps: 1e6 },
  }),
  one('a text of lone surrogates', wordPiece, works(), '\ud800\udfff\ud800'),
  one('a text of a million combining marks', wordPiece, works(), `a${'\u0301'.repeat(1e6)}`, {
    heavy: true,
    budget: { steps: 1e6 },
  }),
  finetune(
    'a text that is not UTF-8',
    (data) => writeFileSync(join(data, 'x', '6.txt'), Buffer.from([0xff, 0xfe, 0x00])),
    { kind: 'left out', pattern: /6\.txt/ },
  ),
  finetune('a text that is empty', (data) => writeFileSync(join(data, 'x', '6.txt'), ''), {
    kind: 'left out',
    pattern: /6\.txt/,
  }),
  finetune('a text of 300 MB', (data) => writeFileSync(join(data, 'x', '6.txt'), 'a '.repeat(150_000_000)), {
    kind: 'left out',
    pattern: /6\.txt/,
  }),
  finetune('a pipe among the texts', (data) => execFileSync('mkfifo', [join(data, 'x', '6.txt')]), works()),
  finetune(
    'a tokenizer of another network',
    (_, folder) =>
      writeFileSync(
        join(folder, 'tokenizer.json'),
        JSON.stringify({ ...wordPiece, model: { ...wordPiece.model, vocab: { ...vocab, a: 4000 } } }),
      ),
    refused(/tokenizer|vocabulary|token/),
  ),
  finetune(
    'a tokenizer that is a pipe',
    (_, folder) => execFileSync('sh', ['-c', 'rm tokenizer.json && mkfifo tokenizer.json'], { cwd: folder }),
    refused(/tokenizer\.json/),
  ),
  finetune(
    'no tokenizer',
    (_, folder) => execFileSync('rm', [join(folder, 'tokenizer.json')]),
    refused(/tokenizer\.json/),
  ),
];
