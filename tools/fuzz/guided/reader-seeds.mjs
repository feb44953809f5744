// @ts-check
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { encodeSafetensors } from '@graft/layers';
import { smallNetwork } from '@graft/onnx/suite';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { png } from '../../testing/png.mjs';
import { checkpointOf, dict, named, pickleOf, tensor, text, tuple } from '../../testing/pickle.mjs';
import { seeds as models } from '../seeds.mjs';
import { wavFile } from '../../testing/wav.mjs';
import { checkpointFiles } from './checkpoint-files.mjs';

/** Larger files make every execution slow, and hide what matters. */
const largest = 6000;
const bytesOf = (/** @type {unknown} */ content) =>
  new Uint8Array(
    content instanceof Uint8Array
      ? content
      : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
  );

const samples = Uint8Array.from({ length: 48 }, (_, i) => (i * 89) & 255);

/** A WAV file of 16 bits in the extensible format, with another chunk of an odd size. @param {Uint8Array} data */
function extensible(data) {
  const plain = Buffer.from(wavFile(data, { code: 0xfffe, channels: 2 }));
  const guid = Buffer.from('160010000300000001000000000010008000' + '00aa00389b71', 'hex');
  const odd = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
  plain.writeUInt32LE(16 + guid.length, 16);
  return Buffer.concat([plain.subarray(0, 36), guid, odd, plain.subarray(36)]);
}

/** Small valid files for each reader, from which exploring starts. @returns {Promise<Readonly<Record<string, readonly Uint8Array[]>>>} */
export async function readerSeeds() {
  const checkpoint = await checkpointFiles();
  const weights = /** @type {[string, Uint8Array]} */ ([...checkpoint].find(([name]) => name.startsWith('weights')))[1];
  const tar = archive([
    ['a/1.png', 'pixels'],
    ['a/1.cls', '3'],
    ['a/2.txt', 'text'],
    ['a/2.json', '{"b":[1]}'],
    ['a/2.cls', ' 12\n'],
  ]);
  const extended = Buffer.concat([
    entry('PaxHeader', '16 path=b/3.cls\n10 size=1\n', 'x'),
    entry('short', '7', '0'),
    entry('././@LongLink', `${'c/'.repeat(60)}4.txt\0`, 'L'),
    entry('cut', 'long', '0'),
    entry('folder/', '', '5'),
    Buffer.alloc(1024),
  ]);
  /** @type {Record<string, readonly unknown[]>} */
  const all = {
    onnx: [...models().filter(({ length }) => length <= largest), smallNetwork()],
    safetensors: [
      weights,
      encodeSafetensors(
        new Map(
          /** @type {const} */ ([
            ['a', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
            ['b', { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 1) }],
            ['c', { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) }],
            ['d', { dtype: 'float16', shape: [0, 4], data: new Uint16Array() }],
          ]),
        ),
      ),
    ],
    pytorch: [
      pickleOf(
        dict(
          [
            text('state_dict'),
            dict(
              [text('module.w'), tensor({ length: 16, shape: [2, 3], strides: [1, 2], offset: 1 })],
              [text('b'), tensor({ key: '1', type: 'LongStorage', length: 2, shape: [], strides: [] })],
            ),
          ],
          [text('epoch'), [0x4b, 3]],
          [text('size'), Buffer.concat([named('torch', 'Size'), tuple([0x4b, 2]), Buffer.from('R')])],
        ),
      ),
      checkpointOf(pickleOf(dict([text('w'), tensor()]))),
      ...Object.entries(checkpoints)
        .filter(([name]) => name.endsWith('before 1.6'))
        .map(([, { file }]) => Buffer.from(file, 'base64')),
    ],
    tar: [tar, extended],
    shard: [tar, extended],
    csv: ['path,label\na.png,cat\n"b, ""c"".png",dog\r\n\nd.png,\n', '\uFEFFa;b\n1;2\n'],
    jsonl: ['{"path":"a.png","label":"cat"}\n\n{"path":"b.png","label":1.5e3,"more":[null,true,{"x":"\\u00e9"}]}\n'],
    parquet: [
      new Uint8Array(
        parquetWriteBuffer({
          rowGroupSize: 3,
          columnData: [
            { name: 'text', data: ['a', 'b', 'a', null, 'ü'], type: 'STRING' },
            { name: 'label', data: Int32Array.of(0, 1, 2, 3, 4), type: 'INT32' },
          ],
        }),
      ),
    ],
    classes: ['path,label\na.png,cat\nb.png,dog\nc/d.png,dog\n'],
    labels: ['path,labels\na.png,cat|dog\nb.png,"[""dog"",3]"\nc.png,\n'],
    numbers: ['path,target\na.png,1.5\nb.png,-2e3\nc.png,0x10\n'],
    idx: [8, 9, 11, 12, 13, 14].flatMap((kind) => {
      const bytes = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 }[kind] ?? 1;
      const file = Buffer.from([0, 0, kind, 2, 0, 0, 0, 2, 0, 0, 0, 3, ...Array(6 * bytes).keys()]);
      return kind === 8 ? [file, gzipSync(file)] : [file];
    }),
    card: [card, { ...card, source: 'https://example.com/m.onnx', labels: 'labels.txt', verified: true }],
    lock: [{ models: { tiny: { source: 'file:m.onnx', bytes: 3, sha256: 'a'.repeat(64) } } }],
    checkpoint: [checkpoint.get('state.json')],
    weights: [weights],
    summary: [summary],
    record: [
      {
        format: 1,
        options: { model: 'm.onnx', data: 'images', epochs: 3, transforms: [], size: 32, mean: [0.5], seed: 0 },
        plugins: [{ name: 'p', version: '1.0.0', from: './p.js' }],
        backboneSha256: 'a'.repeat(64),
        imagesSha256: 'b'.repeat(64),
      },
    ],
    tokenizer: [wordPiece, bytePairs, unigram],
    wav: [
      wavFile(samples, { channels: 2 }),
      wavFile(samples, { bits: 24, rate: 44_100 }),
      wavFile(samples, { bits: 32, size: 0xffff_ffff }),
      wavFile(samples, { bits: 8, code: 6 }),
      wavFile(samples, { bits: 8, code: 7, size: 0 }),
      wavFile(new Uint8Array(Float32Array.of(0.5, -0.25, 3).buffer), { code: 3, bits: 32 }),
      wavFile(new Uint8Array(Float64Array.of(0.5, -0.25).buffer), { code: 3, bits: 64 }),
      wavFile(samples, { riff: 'RF64', long: 48n, size: 0xffff_ffff }),
      extensible(samples),
    ],
    image: [
      png({ width: 300, height: 200 }),
      Buffer.concat([Buffer.from('GIF89a'), Buffer.from([64, 0, 32, 0]), Buffer.alloc(30)]),
      ...['VP8X', 'VP8L', 'VP8 '].map((kind) =>
        Buffer.concat([Buffer.from(`RIFF\x40\0\0\0WEBP${kind}`, 'latin1'), Buffer.from([...Array(30).keys()])]),
      ),
      // A start, an application segment, a Huffman table and a frame of 20 by 10 pixels.
      Buffer.from(
        `ffd8ffe000104a46494600010100000100010000ffc400050001ffc0001108000a001403012200021101031101${'00'.repeat(12)}ffd9`,
        'hex',
      ),
      Buffer.from('ffd8ffe1000c4578696600004d4d002affc0001108000a001403012200021101031101', 'hex'),
    ],
  };
  return Object.fromEntries(Object.entries(all).map(([name, files]) => [name, files.map(bytesOf)]));
}

/** Files written by PyTorch. */
const checkpoints = /** @type {{ read: Record<string, { file: string }> }} */ (
  JSON.parse(
    readFileSync(new URL('../../../packages/pytorch/src/read-checkpoint.golden.json', import.meta.url), 'utf8'),
  )
).read;

/** An entry of a tar archive. @param {string} name @param {string} content @param {string} type */
function entry(name, content, type) {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.fill(0x20, 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
/** @param {readonly (readonly [string, string])[]} files */
const archive = (files) =>
  Buffer.concat([...files.map(([name, content]) => entry(name, content, '0')), Buffer.alloc(1024)]);

const card = {
  name: 'tiny',
  title: 'A small network',
  description: 'For fuzzing.',
  licence: 'MIT',
  origin: 'nobody',
  source: 'file:model.onnx',
  bytes: 1000,
  sha256: 'c'.repeat(64),
  opset: 17,
  input: {
    name: 'image',
    shape: ['N', 3, 224, 224],
    preprocessing: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], size: 224, resize: 256 },
  },
  output: 'logits',
  cutPoints: [{ name: 'features', value: 'f', channels: 8, description: 'before the classifier' }],
  verified: false,
};

const summary = {
  model: 'm.onnx',
  task: 'classification',
  modality: 'images',
  taskOptions: {},
  classes: ['cat', 'dog'],
  targets: ['a'],
  validation: { accuracy: 0.5 },
  parameters: 10,
  trainableParameters: 5,
  epochs: 3,
  best: { head: 2 },
  validationAccuracy: 0.5,
  testAccuracy: null,
  preprocessing: { size: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  companions: { 'tokenizer.json': 'd'.repeat(64) },
  modelSha256: 'e'.repeat(64),
  plugins: [{ name: 'p', version: '1.0.0', from: './p.js' }],
  warnings: [{ code: 'w', message: 'Careful.' }],
  date: '2026-01-01T00:00:00.000Z',
  log: [{ epoch: 1, trainLoss: 0.5 }],
};

const vocab = { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, '[PAD]': 3, a: 4, b: 5, '##b': 6, ab: 7, ',': 8, '!': 9 };
const added = (/** @type {string} */ content, /** @type {number} */ id) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const wordPiece = {
  version: '1.0',
  truncation: { max_length: 8, direction: 'Right', strategy: 'LongestFirst', stride: 0 },
  padding: { strategy: 'BatchLongest', direction: 'Right', pad_id: 3, pad_token: '[PAD]' },
  added_tokens: [added('[CLS]', 1), added('[SEP]', 2)],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [1], tokens: ['[CLS]'] } },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab,
  },
};
const bytePairs = {
  ...wordPiece,
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'Lowercase' }, { type: 'StripAccents' }] },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: false },
    ],
  },
  post_processor: { type: 'ByteLevel', trim_offsets: true },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', dropout: null, unk_token: '[UNK]', fuse_unk: false, vocab, merges: [['a', 'b']] },
};
const unigram = {
  ...wordPiece,
  normalizer: { type: 'Replace', pattern: { String: '  ' }, content: ' ' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  post_processor: null,
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['▁', -1],
      ['a', -2.5],
      ['b', -3],
    ],
  },
};
