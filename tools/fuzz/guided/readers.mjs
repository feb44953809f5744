// @ts-check
// Every reader of files from strangers, as a function of bytes. It returns after checking what it read, or throws the reader's refusal.
import { writeFileSync } from 'node:fs';
import { decodeWav, isWav } from '@graft/audio';
import { tarEntries } from '@graft/data';
import {
  csvRows,
  imageTable,
  jsonLines,
  multiLabelTable,
  parquetRows,
  readIdx,
  regressionTable,
  tarSamples,
} from '@graft/data/node';
import { RunFiles } from '@graft/finetune';
import { decodeSafetensors, encodeSafetensors } from '@graft/layers';
import { readModel } from '@graft/onnx';
import { readCheckpoint } from '@graft/pytorch';
import { memoryStorage } from '@graft/storage';
import { createTokenizer } from '@graft/text';
import { loadCheckpoint } from '@graft/train';
import { readCard, readLock } from '@graft/zoo/node';
import { imageSize } from '../../../packages/augment/src/image-size.ts';
import { jpegSize } from '../../../packages/augment/src/jpeg-size.ts';
import { isKnownFormat } from '../../../packages/augment/src/known-format.ts';
import { checkpointOf } from '../../testing/pickle.mjs';
import { checkpointFiles, checkpointParts } from './checkpoint-files.mjs';

/** A result that no reader may give. */
export class WrongResult extends Error {}

/**
 * @typedef {object} Reader
 * @property {string} [file] what a refusal must name
 * @property {(bytes: Uint8Array, folder: string) => unknown} read may write files in the folder
 */

const expect = (/** @type {boolean} */ holds, /** @type {string} */ what) => {
  if (!holds) throw new WrongResult(what);
};
const whole = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
const sizeOf = (/** @type {readonly number[]} */ shape) => shape.reduce((product, size) => product * size, 1);
const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
const utf8 = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));
const sha256 = async (/** @type {Uint8Array<ArrayBuffer>} */ bytes) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');

/** @param {{ shape: readonly number[], data: { length: number } }} array */
const expectFull = ({ shape, data }) =>
  expect(shape.every(whole) && sizeOf(shape) === data.length, `${data.length} values of shape ${shape.join('×')}`);

/** Writes a file, and reads it by its path. @param {string} name @param {(path: string, folder: string) => unknown} read @returns {Reader} */
const inFile = (name, read) => ({
  file: name,
  read(bytes, folder) {
    writeFileSync(`${folder}/${name}`, bytes);
    return read(`${folder}/${name}`, folder);
  },
});

/** Options of tables whose guessed encodings are not printed. */
const quiet = { onWarning: () => {} };

/** @param {string} name @param {(path: string) => AsyncIterable<object>} read */
const rows = (name, read) =>
  inFile(name, async (path) => {
    for await (const row of read(path)) {
      const prototype = Object.getPrototypeOf(row);
      expect(prototype === null || prototype === Object.prototype, 'a row with a prototype of its own');
    }
  });

/** @param {string} name @param {(path: string) => Promise<{ length: number, get(index: number): unknown }>} read */
const tableOf = (name, read) =>
  inFile(name, async (path, folder) => {
    const table = await read(path);
    for (let i = 0; i < table.length; i++) {
      const { input, label } = /** @type {{ input: string, label: number | Float32Array }} */ (await table.get(i));
      expect(input.startsWith(`${folder}/`), 'a path outside of the folder');
      expect(typeof label === 'number' ? Number.isFinite(label) : label.every(Number.isFinite), 'no number');
    }
  });

/** A file of a finished run in memory. @param {string} name @param {(files: RunFiles) => Promise<unknown>} read @returns {Reader} */
const inRun = (name, read) => ({
  file: name,
  async read(bytes) {
    const storage = memoryStorage();
    await storage.write(name, bytes);
    await read(new RunFiles(storage));
  },
});

/** @type {Promise<Map<string, Uint8Array<ArrayBuffer>>> | undefined} */
let saved;

/** Loads a checkpoint with one changed file. A refused one may change nothing. @param {(files: Map<string, Uint8Array<ArrayBuffer>>) => Promise<void>} change */
async function loadChanged(change) {
  const files = new Map(await (saved ??= checkpointFiles()));
  await change(files);
  const storage = memoryStorage();
  for (const [name, bytes] of files) await storage.write(`c/${name}`, bytes);
  const parts = checkpointParts();
  const weights = () => parts.model.weight.value.arraySync().join();
  const before = weights();
  try {
    await loadCheckpoint(storage, 'c', parts);
  } catch (error) {
    expect(weights() === before, 'a model that a refused checkpoint changed');
    throw error;
  }
}

/** @type {Readonly<Record<string, Reader>>} */
export const readers = {
  onnx: {
    file: 'strange.onnx',
    read(bytes) {
      const file = readModel({ model: bytes, name: 'strange.onnx', externalData: { 'w.bin': new Uint8Array(64) } });
      for (const constant of file.constants.values()) expectFull(valueOf(constant, file.name));
      for (const { shape = [] } of [...file.inputs, ...file.outputs])
        expect(
          shape.every((dim) => typeof dim !== 'number' || Number.isSafeInteger(dim)),
          'a dimension that is not an integer',
        );
      const made = new Set([...file.inputs.map(({ name }) => name), ...file.constants.keys(), '']);
      for (const { inputs, outputs } of file.nodes) {
        expect(
          inputs.every((name) => made.has(name)),
          'a node before its inputs',
        );
        for (const name of outputs) made.add(name);
      }
    },
  },
  safetensors: {
    file: 'strange.safetensors',
    read(bytes) {
      const { tensors, metadata } = decodeSafetensors(bytes, '"strange.safetensors"');
      for (const tensor of tensors.values()) expectFull(tensor);
      const again = decodeSafetensors(encodeSafetensors(tensors), '"written.safetensors"').tensors;
      expect([...again.keys()].sort().join() === [...tensors.keys()].sort().join(), 'other names when written');
      for (const [name, { data }] of tensors)
        expect(
          Buffer.from(data.buffer).equals(Buffer.from(again.get(name)?.data.buffer ?? new ArrayBuffer(0))),
          'other values when written',
        );
      expect(
        Object.values(metadata).every((value) => typeof value === 'string'),
        'metadata that are not texts',
      );
    },
  },
  pytorch: {
    file: 'strange.pth',
    read(bytes) {
      // Damage would mostly break the checksums of an archive, so what is damaged is its pickle, or a file without checksums.
      const isOlder = bytes[0] === 0x80 && bytes[2] === 0x8a;
      const storages = { 0: new Uint8Array(64), 1: new Uint8Array(16) };
      const file = isOlder || bytes[0] === 0x50 ? bytes : checkpointOf(bytes, storages);
      for (const tensor of readCheckpoint(file, { name: 'strange.pth' }).tensors.values()) expectFull(tensor);
    },
  },
  tar: {
    async read(bytes) {
      const chunks = [];
      for (let at = 0; at < bytes.length; at += 700) chunks.push(bytes.subarray(at, at + 700));
      const [whole, cut] = [await entriesOf([bytes]), await entriesOf(chunks)];
      expect(whole.join() === cut.join(), 'other entries from a stream of small chunks');
      const failed = whole.find((entry) => entry instanceof Error);
      if (failed) throw failed;
    },
  },
  shard: inFile('strange.tar', async (path) => {
    for await (const sample of tarSamples(path).samples()) {
      if (sample instanceof Error) continue;
      const { key, fields } = sample;
      expect(!key.startsWith('/') && !key.split('/').includes('..'), 'a key outside of the shard');
      expect(Object.getPrototypeOf(fields) === null, 'fields with a prototype');
      for (const [name, value] of Object.entries(fields))
        if (/(^|\.)cls$/.test(name)) expect(whole(value), 'a class that is not an integer');
    }
  }),
  csv: rows('strange.csv', (path) => csvRows(path, quiet)),
  jsonl: rows('strange.jsonl', (path) => jsonLines(path, quiet)),
  parquet: rows('strange.parquet', parquetRows),
  classes: tableOf('strange.csv', (path) => imageTable(path, quiet)),
  labels: tableOf('strange.csv', (path) => multiLabelTable(path, quiet)),
  numbers: tableOf('strange.csv', (path) => regressionTable(path, quiet)),
  idx: inFile('strange.idx', async (path) => expectFull(await readIdx(path, { maxBytes: 2 ** 20 }))),
  card: inFile('strange.json', async (path) => {
    const { bytes, opset, input } = await readCard(path);
    expect(whole(bytes) && whole(opset) && typeof input === 'object', 'a card without numbers');
  }),
  lock: inFile('graft-models.lock.json', (_, folder) => readLock(folder)),
  checkpoint: {
    read: (bytes) => loadChanged(async (files) => void files.set('state.json', new Uint8Array(bytes))),
  },
  weights: {
    file: 'weights',
    read: (bytes) =>
      loadChanged(async (files) => {
        const copy = new Uint8Array(bytes);
        const digest = await sha256(copy);
        const name = `weights-${digest.slice(0, 12)}.safetensors`;
        const index = JSON.parse(text(files.get('state.json') ?? new Uint8Array()));
        files.set(name, copy);
        files.set('state.json', utf8({ ...index, files: { ...index.files, weights: { name, sha256: digest } } }));
      }),
  },
  summary: inRun('summary.json', async (files) => {
    const summary = await files.summary();
    expect(
      summary.classes.every((name) => typeof name === 'string'),
      'a class without a name',
    );
  }),
  record: inRun('run.json', async (files) => {
    const { options } = await files.record();
    expect(typeof options === 'object' && Object.getPrototypeOf(options) === Object.prototype, 'no options');
  }),
  tokenizer: {
    read(bytes) {
      const tokenizer = createTokenizer(text(bytes));
      expect(whole(tokenizer.size), 'a size that is not an integer');
      const ids = tokenizer.encode('a b, aab! [CLS] \u00e9\u0301');
      expect(ids.every(whole), 'a token that is not an integer');
      expect(typeof tokenizer.decode(ids) === 'string', 'no text');
    },
  },
  wav: {
    file: 'strange.wav',
    read(bytes) {
      const { samples, rate } = decodeWav(bytes, { name: 'strange.wav', mostSamples: 2 ** 20 });
      expect(isWav(bytes), 'samples of a file that is not WAV');
      expect(samples.length > 0 && samples.every(Number.isFinite), 'samples that are not finite numbers');
      expect(whole(rate) && rate >= 1000, 'a rate that is not an integer');
    },
  },
  image: {
    read(bytes) {
      expect(typeof isKnownFormat(bytes) === 'boolean', 'no verdict on the format');
      for (const size of [imageSize(bytes), jpegSize(bytes)])
        expect(size === undefined || (whole(size.width) && whole(size.height)), 'a size that is not an integer');
    },
  },
};

/** The value of a constant. What is wrong with it is said without the file's name. @param {import('@graft/onnx').OnnxConstant} constant @param {string} file */
function valueOf(constant, file) {
  try {
    return constant.read();
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/** Entries as texts; an error ends them. @param {readonly Uint8Array[]} chunks */
async function entriesOf(chunks) {
  /** @type {(string | Error)[]} */
  const entries = [];
  try {
    for await (const { name, content } of tarEntries(chunks, { maxEntryBytes: 2 ** 20 }))
      entries.push(`${name}:${Buffer.from(content).toString('base64')}`);
  } catch (error) {
    entries.push(/** @type {Error} */ (error));
  }
  return entries;
}
