// @ts-check
// `npm run networks -- --kinds folder [--only part-of-a-name] [--markdown file]`: trains a head on every ONNX file in a folder, whatever tool wrote it, and
// compares the exported network with onnxruntime. `real_networks.py` of tools/golden/networks makes the files.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { diagnose, finetune, openRun } from '@graft/finetune';
import { createGraft } from '@graft/graft/node';
import { readModel } from '@graft/onnx';
import { memoryStorage } from '@graft/storage';
import { Random, toArray, toNumbers } from '@graft/tensor';
import * as ort from 'onnxruntime-node';
import { colourFiles } from '../testing/colour-files.mjs';

/**
 * What became of one file.
 * @typedef {object} Kind
 * @property {string} name
 * @property {string} [refused] why it was refused
 * @property {string} cut the value, its kind and number of features
 * @property {string} input
 * @property {number} kept fraction of the weights before the cut
 * @property {number} accuracy of held-out images
 * @property {number} difference largest difference of a probability from onnxruntime
 * @property {boolean} quantized whether it computes with integers
 * @property {boolean} halves whether its numbers have 16 bits
 * @property {string} batch batches that the exported file takes
 * @property {number} seconds
 */

/** Largest difference of a probability from onnxruntime, for networks of halves, and for those that round to integers on the way. */
const [tolerance, ofHalves, ofIntegers] = [1e-4, 1e-2, 2e-2];

/** @param {string} folder @param {string} only @returns {AsyncGenerator<Kind>} */
export async function* kindsIn(folder, only) {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.onnx') && name.includes(only))
    .sort();
  const app = await createGraft({ modelsFrom: [] });
  const data = await colourFiles({ count: 10, side: 96 });
  try {
    for (const name of files) yield await kindOf(app, join(folder, name), data);
  } finally {
    await app.dispose();
  }
}

/** @param {import('@graft/plugin').App} app @param {string} path @param {File[]} data @returns {Promise<Kind>} */
async function kindOf(app, path, data) {
  const name = basename(path, '.onnx');
  const start = performance.now();
  const none = {
    name,
    cut: '',
    input: '',
    kept: 0,
    accuracy: 0,
    difference: 0,
    batch: '',
    quantized: false,
    halves: false,
    seconds: 0,
  };
  const model = statSync(path).size < 2 ** 30 ? new Uint8Array(readFileSync(path)) : path;
  try {
    const found = await diagnose({ model }, { app });
    const storage = memoryStorage();
    const { scores } = await finetune(
      { model, data, epochs: 12, batch: 8, learningRate: 0.02, views: 1 },
      { app, storage },
    );
    const bytes = await storage.read('model.onnx');
    const file = readModel(bytes);
    const run = await openRun(storage, { app });
    try {
      const batch = file.inputs[0]?.shape?.[0];
      const cut = found.diagnosis.cuts.find(({ value }) => value === found.diagnosis.cut);
      return {
        ...none,
        cut: `${found.diagnosis.cut}${cut ? `, ${cut.features} ${cut.kind}` : ''}`,
        input: found.input ?? '',
        kept: found.diagnosis.keptShare,
        accuracy: scores['accuracy'] ?? Number.NaN,
        difference: await differenceIn(run, file, bytes, data),
        halves: [...file.constants.values()].some((one) => one.read().dtype === 'float16'),
        quantized: found.diagnosis.quantized.nodes > 0,
        batch: typeof batch === 'number' ? `only ${batch}` : 'any',
        seconds: (performance.now() - start) / 1000,
      };
    } finally {
      await run.dispose();
    }
  } catch (error) {
    return { ...none, refused: /** @type {Error} */ (error).message, seconds: (performance.now() - start) / 1000 };
  }
}

/** @param {import('@graft/finetune').OpenedRun} run @param {import('@graft/onnx').OnnxFile} file @param {Uint8Array} bytes @param {File[]} data */
async function differenceIn(run, file, bytes, data) {
  const some = data.filter((_, i) => i % 6 === 0);
  const predictions = await run.predict(some);
  const feed = await run.modality.restore(run.summary.preprocessing, { card: undefined, file }, run.objective);
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  let worst = 0;
  for (const [i, one] of some.entries()) {
    const input = await feed.evaluation(await feed.read(run.modality.inputFrom(one)), new Random(0));
    const fixed = file.inputs[0]?.shape?.[0];
    const count = typeof fixed === 'number' ? fixed : 1;
    const batch = feed.collate(
      Array.from({ length: count }, () => ({ input, label: 0 })),
      Array.from({ length: count }, () => 0),
    );
    const inputs = ArrayBuffer.isView(batch.inputs)
      ? {
          [file.inputs[0]?.name ?? '']: {
            data: batch.inputs,
            shape: /** @type {any} */ (batch).shape,
            dtype: 'float32',
          },
        }
      : batch.inputs;
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([key, { data: values, shape, dtype }]) => {
        const taken = file.inputs.find((port) => port.name === key)?.dtype ?? dtype;
        const given = taken === 'float16' ? toArray(/** @type {Float32Array} */ (values), taken) : values;
        return [key, new ort.Tensor(/** @type {any} */ (taken), /** @type {any} */ (given), [...shape])];
      }),
    );
    const results = await session.run(feeds);
    const [result] = Object.values(results);
    if (!result) throw new Error('The exported network has no output.');
    const halves = result.type === 'float16';
    const scores = toNumbers(/** @type {any} */ (result.data), halves ? 'float16' : 'float32').slice(0, 3);
    const powers = Array.from(scores, (score) => Math.exp(score - Math.max(...scores)));
    const sum = powers.reduce((a, b) => a + b);
    const { values } = /** @type {{ values?: number[] }} */ (predictions[i]);
    powers.forEach((power, k) => (worst = Math.max(worst, Math.abs(power / sum - (values?.[k] ?? Number.NaN)))));
  }
  await session.release();
  return worst;
}

/** @param {Kind} kind */
export const isRight = ({ refused, difference, quantized, halves }) =>
  refused === undefined && difference <= (quantized ? ofIntegers : halves ? ofHalves : tolerance);

/** @param {Kind} kind */
export const kindLine = (kind) =>
  kind.refused === undefined
    ? `${isRight(kind) ? 'pass' : 'FAIL'}     ${kind.name}: cut at ${kind.cut}; ${percent(kind.kept)} of the weights; ${percent(kind.accuracy)} held out; ${kind.difference.toExponential(1)} from onnxruntime; batches: ${kind.batch}; ${kind.seconds.toFixed(1)} s`
    : `refused  ${kind.name}: ${kind.refused}`;

/** @param {readonly Kind[]} kinds */
export const kindTable = (kinds) =>
  [
    '| file | input | cut | weights kept | held out | from onnxruntime | batches |',
    '| ---- | ----- | --- | -----------: | -------: | ---------------: | ------- |',
    ...kinds.map((kind) =>
      kind.refused === undefined
        ? `| ${kind.name} | ${kind.input} | ${kind.cut} | ${percent(kind.kept)} | ${percent(kind.accuracy)} | ${kind.difference.toExponential(1)} | ${kind.batch} |`
        : `| ${kind.name} | refused: ${kind.refused} | | | | | |`,
    ),
    '',
  ].join('\n');

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(0)} %`;
