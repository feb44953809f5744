// @ts-check
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors, Linear } from '@graft/layers';
import { fileStorage } from '@graft/storage/node';
import { loadCheckpoint, saveCheckpoint } from '@graft/train';
import { refused, works } from '../case.mjs';
import { safetensorsOf } from './safetensors.mjs';

/** @typedef {import('../case.mjs').Case} Case */

const linear = () => new Linear({ in: 3, out: 2 }).initialize(1);
const digest = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');

/** Loads the checkpoint, and expects that a refused one changed nothing. @type {NonNullable<Case['read']>} */
async function load(folder) {
  const model = linear();
  const before = model.weight.value.arraySync().join();
  try {
    const state = await loadCheckpoint(fileStorage(folder), 'checkpoint', { model });
    return `state ${JSON.stringify(state)}`;
  } catch (error) {
    if (model.weight.value.arraySync().join() !== before) throw new Error('the model was changed', { cause: error });
    throw error;
  }
}

/** A case with a checkpoint that was changed afterwards. @param {string} name @param {(checkpoint: string, weights: string) => void} change @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, change, outcome, more = {}) => ({
  name,
  file: 'checkpoint',
  async files(folder) {
    await saveCheckpoint(fileStorage(folder), 'checkpoint', { model: linear() });
    const checkpoint = join(folder, 'checkpoint');
    change(checkpoint, join(checkpoint, readdirSync(checkpoint).find((file) => file.startsWith('weights')) ?? ''));
  },
  read: load,
  outcome,
  ...more,
});
/** A case with another state.json. @param {string} name @param {unknown} state text, or a value for JSON @param {import('../case.mjs').Outcome} outcome @returns {Case} */
const state = (name, state, outcome) =>
  one(
    `state.json: ${name}`,
    (checkpoint) =>
      writeFileSync(join(checkpoint, 'state.json'), typeof state === 'string' ? state : JSON.stringify(state)),
    outcome,
  );
/** A case with another weights file of the right digest. @param {string} name @param {() => Uint8Array} make @param {import('../case.mjs').Outcome} outcome @returns {Case} */
const weights = (name, make, outcome) =>
  one(
    `weights: ${name}`,
    (checkpoint) => {
      const bytes = make();
      const name = `weights-${digest(bytes).slice(0, 12)}.safetensors`;
      writeFileSync(join(checkpoint, name), bytes);
      writeFileSync(
        join(checkpoint, 'state.json'),
        JSON.stringify({
          format: 1,
          steps: 0,
          files: { weights: { name, sha256: digest(bytes) } },
          callbacks: {},
          state: {},
        }),
      );
    },
    outcome,
    { file: undefined },
  );

const invalid = refused(/not a valid checkpoint/);
const other = refused(/belong to another model/);
const array = (
  /** @type {readonly number[]} */ shape,
  /** @type {import('@graft/tensor').DType} */ dtype = 'float32',
) => ({
  shape,
  dtype,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});
/** @type {readonly Case[]} */
export const checkpoints = [
  one('as it should be', () => {}, works(/state/)),
  one(
    'weights with one bit changed',
    (_, file) => {
      const bytes = Buffer.from(encodeSafetensors(new Map([['weight', array([2, 3])]])));
      writeFileSync(file, bytes);
    },
    refused(/damaged/),
  ),
  one('empty weights', (_, file) => writeFileSync(file, ''), refused(/damaged/)),
  one('missing weights', (_, file) => rmSync(file), refused(/not|missing/)),
  one(
    'weights that are a pipe',
    (_, file) => (rmSync(file), execFileSync('mkfifo', [file])),
    refused(/pipe|device|not a file|ESPIPE|cannot be read/),
  ),
  one(
    'weights that are a link out of the folder',
    (_, file) => (rmSync(file), symlinkSync('../../elsewhere/secret.txt', file)),
    refused(/damaged|outside/),
  ),
  one(
    'weights that are /dev/zero',
    (_, file) => (rmSync(file), symlinkSync('/dev/zero', file)),
    refused(/device|not a file|cannot be read|outside/),
  ),
  one('weights of a terabyte', (_, file) => truncateSync(file, 2 ** 40), refused(/./)),
  one('a missing folder', (checkpoint) => rmSync(checkpoint, { recursive: true }), refused(/state\.json/)),
  one(
    'state.json that is a folder',
    (checkpoint) => (rmSync(join(checkpoint, 'state.json')), mkdirSync(join(checkpoint, 'state.json'))),
    refused(/state\.json/),
  ),
  one(
    'state.json that is a pipe',
    (checkpoint) => (rmSync(join(checkpoint, 'state.json')), execFileSync('mkfifo', [join(checkpoint, 'state.json')])),
    refused(/state\.json/),
  ),
  state('empty', '', invalid),
  state('null', 'null', invalid),
  state('a number', '5', invalid),
  state('half', '{"format":1,', invalid),
  state('a million brackets', '['.repeat(1e6), invalid),
  state('another format', { format: 2 }, invalid),
  state('a format of 100,000 characters', { format: 'x'.repeat(100_000) }, invalid),
  state('steps of 1e99', { format: 1, steps: 1e99 }, invalid),
  state('no files', { format: 1, steps: 0 }, invalid),
  state(
    'a path to the parent folder',
    { format: 1, steps: 0, files: { weights: { name: '../../elsewhere/secret.txt', sha256: '0' } } },
    invalid,
  ),
  state('an absolute path', { format: 1, steps: 0, files: { weights: { name: '/etc/passwd', sha256: '0' } } }, invalid),
  state('itself as weights', { format: 1, steps: 0, files: { weights: { name: 'state.json', sha256: '0' } } }, invalid),
  state('a name that is an object', { format: 1, steps: 0, files: { weights: { name: {}, sha256: '0' } } }, invalid),
  state(
    'callbacks that are a text',
    { format: 1, steps: 0, files: { weights: { name: 'w.safetensors', sha256: '0' } }, callbacks: 'x' },
    invalid,
  ),
  weights('not a safetensors file', () => Buffer.from('hello'), refused(/Not a valid safetensors/)),
  weights(
    'a parameter more',
    () =>
      encodeSafetensors(
        new Map([
          ['weight', array([2, 3])],
          ['bias', array([2])],
          ['more', array([1])],
        ]),
      ),
    other,
  ),
  weights('a parameter less', () => encodeSafetensors(new Map([['weight', array([2, 3])]])), other),
  weights(
    'another shape',
    () =>
      encodeSafetensors(
        new Map([
          ['weight', array([3, 2])],
          ['bias', array([2])],
        ]),
      ),
    other,
  ),
  weights(
    'integers',
    () =>
      safetensorsOf(
        {
          weight: { dtype: 'I32', shape: [2, 3], data_offsets: [0, 24] },
          bias: { dtype: 'I32', shape: [2], data_offsets: [24, 32] },
        },
        32,
      ),
    refused(/int32|dtype|type/),
  ),
  weights(
    'numbers that are not finite',
    () =>
      safetensorsOf(
        {
          bias: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
          weight: { dtype: 'F32', shape: [2, 3], data_offsets: [8, 32] },
        },
        Buffer.alloc(32, 0xff),
      ),
    works(),
  ),
  weights(
    '__proto__',
    () => safetensorsOf('{"__proto__":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', 16),
    other,
  ),
  weights(
    'overlapping tensors',
    () =>
      safetensorsOf(
        {
          weight: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
          bias: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
        },
        24,
      ),
    refused(/Not a valid safetensors/),
  ),
];
