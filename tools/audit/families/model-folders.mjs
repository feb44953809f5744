// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel, floats, longs, smallNetwork } from '@graft/onnx/suite';
import { leftOut, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */

/** A folder with a model, as transformers writes it, and what is said about it. @param {string} name @param {(model: string, folder: string) => void} put @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const folder_ = (name, put, outcome, more = {}) => ({
  name,
  files(folder) {
    const model = join(folder, 'model');
    mkdirSync(model);
    writeFileSync(join(model, 'model.onnx'), smallNetwork({ side: 16 }));
    put(model, folder);
  },
  command: () => ['doctor', 'model'],
  outcome,
  ...more,
});
/** A configuration of images next to it. @param {string} name @param {unknown} content text, or a value for JSON @param {import('../case.mjs').Outcome} outcome @param {string} [file] @returns {Case} */
const processor = (name, content, outcome, file = 'preprocessor_config.json') =>
  folder_(
    `${file}: ${name}`,
    (model) => writeFileSync(join(model, file), typeof content === 'string' ? content : JSON.stringify(content)),
    outcome,
  );
/** An image network for batches of one size. @param {number} batch */
const batched = (batch) =>
  buildModel({
    inputs: { x: { shape: [batch, 3, 224, 224] } },
    outputs: ['y'],
    constants: {
      w: floats([8, 3, 3, 3], (i) => Math.sin(i)),
      g: floats([8, 10], (i) => Math.cos(i)),
      s: longs([batch, 8]),
    },
    nodes: [
      ['Conv', ['x', 'w'], ['c'], { strides: [8, 8] }],
      ['GlobalAveragePool', ['c'], ['p']],
      ['Reshape', ['p', 's'], ['f']],
      ['MatMul', ['f', 'g'], ['y']],
    ],
  });
const std = leftOut(/_std" must be/);
const mean = leftOut(/_mean" must be/);

/** @type {readonly Case[]} */
export const modelFolders = [
  folder_('a folder', () => {}, works()),
  processor('as it should be', { image_mean: [0.5, 0.4, 0.3], image_std: [1, 1, 1] }, works(/0\.4/)),
  processor('a deviation of 0', { image_mean: [0, 0, 0], image_std: [0, 0, 0] }, std),
  processor('a deviation below 0', { image_mean: [0, 0, 0], image_std: [1, -1, 1] }, std),
  processor('a deviation of 1e-308', { image_mean: [0, 0, 0], image_std: [1e-308, 1, 1] }, std),
  processor('two deviations for three means', { image_mean: [0, 0, 0], image_std: [1, 1] }, std),
  processor('a mean of 1e308', { image_mean: [1e308, 0, 0], image_std: [1, 1, 1] }, mean),
  processor('a mean as text', { image_mean: '0.5', image_std: [1, 1, 1] }, mean),
  processor('a mean of a million numbers', { image_mean: Array(100_000).fill(0), image_std: [1] }, mean),
  processor('a mean nested 100,000 deep', `{"image_mean":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, mean),
  processor('a factor of 0', { rescale_factor: 0 }, leftOut(/rescale_factor/)),
  processor('a factor of 1e-320', { rescale_factor: 1e-320 }, leftOut(/rescale_factor/)),
  processor('a factor as text', { rescale_factor: '1/255' }, leftOut(/rescale_factor/)),
  processor('images of a billion pixels a side', { size: { height: 1e9, width: 1e9 } }, leftOut(/"size"/)),
  processor('images of 1e300 pixels a side', { size: 1e300 }, leftOut(/"size"/)),
  processor('images of half a pixel', { crop_size: { height: 0.5, width: 0.5 } }, leftOut(/"crop_size"/)),
  processor('a prototype', '{"__proto__":{"image_mean":[9,9,9],"image_std":[9,9,9]}}', works(/^(?!.*\[9, 9, 9\])/s)),
  processor('half', '{"size":', leftOut(/not JSON/)),
  processor('control characters', '\u001b[2J\u202e{', leftOut(/not JSON/)),
  processor('a list', [], leftOut(/not an object/)),
  processor('null', 'null', leftOut(/not an object/)),
  processor('two megabytes', { a: 'a'.repeat(2 ** 21) }, leftOut(/more than 1 MiB/)),
  processor('a deviation of 0 of timm', { pretrained_cfg: { mean: [0], std: [0] } }, leftOut(/"std"/), 'config.json'),
  folder_(
    'a configuration that links out of the folder',
    (model) => symlinkSync('../../elsewhere/secret.txt', join(model, 'preprocessor_config.json')),
    leftOut(/link out of its folder/),
  ),
  folder_(
    'a configuration that links to /dev/zero',
    (model) => symlinkSync('/dev/zero', join(model, 'preprocessor_config.json')),
    leftOut(/link out of its folder/),
  ),
  folder_(
    'a configuration that is a pipe',
    (model) => execFileSync('mkfifo', [join(model, 'preprocessor_config.json')]),
    leftOut(/not a file/),
  ),
  folder_(
    'a configuration that is a folder',
    (model) => mkdirSync(join(model, 'preprocessor_config.json')),
    leftOut(/not a file/),
  ),
  folder_('a folder that links to itself', (model) => symlinkSync('.', join(model, 'onnx')), works()),
  ...[512, 4096].map((batch) =>
    folder_(
      `a network for ${batch} images at a time, which are not all compared`,
      (model) => writeFileSync(join(model, 'model.onnx'), batched(batch)),
      works(/too large to check/),
      { heavy: true },
    ),
  ),
];
