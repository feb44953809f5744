// @ts-check
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSound, encodeWav, resample } from '@graft/audio';
import { buildModel, floats } from '@graft/onnx/suite';
import { leftOut, refused, works } from '../case.mjs';
import { wavFile } from '../../testing/wav.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('../case.mjs').Outcome} Outcome */

const noise = (/** @type {number} */ count) =>
  Uint8Array.from({ length: count }, (_, i) => (i * 89 + (i >> 3) * 31) & 255);

/** A file that is decoded and resampled. @param {string} name @param {() => Uint8Array} make @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, make, outcome, more = {}) => ({
  name,
  file: 'sound.wav',
  files: (folder) => writeFileSync(join(folder, 'sound.wav'), make()),
  async read(folder, work) {
    const { samples, rate } = await decodeSound(readFileSync(join(folder, 'sound.wav')), 'sound.wav');
    const wave = resample(samples, rate, 16_000);
    work({ bytes: samples.byteLength + wave.byteLength });
    if (!wave.every(Number.isFinite)) throw new Error('It gave numbers that are not finite.');
    return `${samples.length} at ${rate}`;
  },
  outcome,
  ...more,
});

/** A network of waves. */
const network = () =>
  buildModel({
    inputs: { wave: { dtype: 'float32', shape: ['N', 1, 1600] } },
    outputs: ['h'],
    constants: { w: floats([4, 1, 400], (i) => Math.sin(i * i)) },
    nodes: [
      ['Conv', ['wave', 'w'], ['c'], { strides: [160], kernel_shape: [400] }],
      ['Relu', ['c'], ['r']],
      ['ReduceMean', ['r'], ['h'], { axes: [2], keepdims: 0 }],
    ],
  });
/** Training on sounds, one of which is hostile. @param {string} name @param {() => Uint8Array} make @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const finetune = (name, make, outcome, more = {}) => ({
  name: `finetune: ${name}`,
  file: 'bad.wav',
  files(folder) {
    writeFileSync(join(folder, 'model.onnx'), network());
    for (const label of ['x', 'y']) {
      mkdirSync(join(folder, 'data', label), { recursive: true });
      for (let i = 0; i < 6; i++) {
        const samples = Float32Array.from({ length: 2000 }, (_, at) => Math.sin((label === 'x' ? 0.1 : 0.5) * at + i));
        writeFileSync(join(folder, 'data', label, `${i}.wav`), encodeWav({ samples, rate: 16_000 }));
      }
    }
    writeFileSync(join(folder, 'data/x/bad.wav'), make());
  },
  command: () => ['finetune', '--model', 'model.onnx', '--cut', 'h', '--data', 'data', '--out', 'run', '--epochs', '1'],
  writes: 'run',
  outcome,
  ...more,
});

const damaged = refused(/damaged|truncated/);

/** @type {readonly Case[]} */
export const sounds = [
  one('as it should be', () => wavFile(noise(64)), works(/^32 at 8000$/)),
  one('empty', () => new Uint8Array(), refused(/is empty/)),
  one('a text', () => new TextEncoder().encode('hello'), refused(/is not a sound/)),
  one('an MP3 file', () => new TextEncoder().encode('ID3\u0004'), refused(/is an MP3 file.*audioDecoder/)),
  one('half a header', () => wavFile(noise(64)).subarray(0, 30), damaged),
  one('cut in its samples', () => wavFile(noise(64)).subarray(0, 75), works(/^15 at 8000$/)),
  one('4 GiB of samples that are not there', () => wavFile(noise(64), { size: 0xffff_fff0 }), works(/^32 at 8000$/)),
  one(
    'RF64 with 2^63 bytes',
    () => wavFile(noise(64), { riff: 'RF64', long: 2n ** 63n, size: 0xffff_ffff }),
    works(/^32 /),
  ),
  one('no samples', () => wavFile(new Uint8Array()), refused(/has no samples/)),
  one('65,535 channels', () => wavFile(noise(64), { channels: 65_535 }), refused(/channels/)),
  one('no channels', () => wavFile(noise(64), { channels: 0 }), refused(/channels/)),
  one('4 billion samples per second', () => wavFile(noise(64), { rate: 4e9 }), refused(/samples per second/)),
  one('one sample per second', () => wavFile(noise(64), { rate: 1 }), refused(/samples per second/)),
  one('a prime number of samples per second', () => wavFile(noise(64), { rate: 767_957 }), works(/^32 at 767957$/)),
  one('0 bits', () => wavFile(noise(64), { bits: 0 }), refused(/0 bits/)),
  one('MP3 in a WAV file', () => wavFile(noise(64), { code: 0x55 }), refused(/format 85/)),
  one('a block of another size', () => wavFile(noise(64), { block: 7 }), damaged),
  one('NaN', () => wavFile(new Uint8Array(64).fill(255), { code: 3, bits: 32 }), refused(/not a finite number/)),
  one(
    'a million chunks',
    () => Buffer.concat([wavFile(noise(2)).subarray(0, 36), Buffer.alloc(8_000_000)]),
    refused(/more than 10000 chunks/),
  ),
  one(
    'its format after its samples',
    () => Buffer.concat([wavFile(noise(8)).subarray(0, 12), wavFile(noise(8)).subarray(36)]),
    damaged,
  ),
  one('200 million samples of 8 bits', () => wavFile(new Uint8Array(2e8), { bits: 8 }), refused(/at most/), {
    heavy: true,
  }),
  finetune('a sound that is not one', () => new TextEncoder().encode('hello'), leftOut(/bad\.wav/)),
  finetune('a sound without samples', () => wavFile(new Uint8Array()), leftOut(/bad\.wav/)),
  finetune('a sound of 64 MiB of silence', () => wavFile(new Uint8Array(2 ** 26)), works(), {
    file: undefined,
    heavy: true,
  }),
];
