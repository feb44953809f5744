// @ts-check
// `npm run networks -- --trained folder --data examples [--only part-of-a-name] [--markdown file]`: trains a head on every ONNX file in a folder without saying how it is
// fed, and compares its held-out accuracy with that of `reference.onnx`, which is fed as `reference.json` says. `trained_networks.py` of tools/golden/networks makes such files.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compareRuns, finetune } from '@graft/finetune';
import { createGraft } from '@graft/graft/node';
import { memoryStorage } from '@graft/storage';

/**
 * What became of one file.
 * @typedef {object} Trained
 * @property {string} name
 * @property {string} [refused] why it was refused
 * @property {string} input how its images are fed
 * @property {number} accuracy of held-out images
 * @property {number} reference accuracy of the reference
 * @property {number} p probability of such a difference by chance, by an exact McNemar test; NaN if the runs could not be paired
 */

/** Below this probability a difference is not chance. */
const level = 0.05;
const reference = 'reference';

/**
 * @param {string} folder @param {string} data @param {string} only
 * @returns {AsyncGenerator<Trained>} the reference first
 */
export async function* trainedIn(folder, data, only) {
  const options = JSON.parse(readFileSync(join(folder, `${reference}.json`), 'utf8'));
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.onnx') && name !== `${reference}.onnx` && name.includes(only))
    .map((name) => basename(name, '.onnx'))
    .sort();
  const app = await createGraft({ modelsFrom: [] });
  /** @param {string} name @param {object} more */
  const train = async (name, more = {}) => {
    const storage = memoryStorage();
    /** @type {string | undefined} */
    let input;
    const { scores } = await finetune(
      { model: join(folder, `${name}.onnx`), data, views: 1, ...more },
      { app, storage, onPrepared: ({ backbone }) => void (input = backbone.feed.description) },
    );
    return { storage, accuracy: scores['accuracy'] ?? Number.NaN, input: input ?? '' };
  };
  try {
    const base = await train(reference, options);
    yield { name: reference, input: base.input, accuracy: base.accuracy, reference: base.accuracy, p: 1 };
    for (const name of names)
      try {
        const { storage, accuracy, input } = await train(name);
        const { runs } = await compareRuns(app, [base.storage, storage]);
        yield {
          name,
          input,
          accuracy,
          reference: base.accuracy,
          p: runs.find((run) => run.difference)?.difference?.p ?? Number.NaN,
        };
      } catch (error) {
        yield {
          name,
          refused: /** @type {Error} */ (error).message,
          input: '',
          accuracy: Number.NaN,
          reference: base.accuracy,
          p: 1,
        };
      }
  } finally {
    await app.dispose();
  }
}

/** Whether a file was refused, or is not worse than the reference. @param {Trained} one */
export const isAsGood = ({ refused, accuracy, reference: other, p }) =>
  refused !== undefined || accuracy >= other || p >= level;

/** @param {Trained} one */
export const trainedLine = (one) =>
  one.refused === undefined
    ? `${isAsGood(one) ? 'pass' : 'FAIL'}     ${one.name}: ${percent(one.accuracy)} held out, ${percent(one.reference)} with the reference (p = ${one.p.toFixed(2)}); ${one.input}`
    : `refused  ${one.name}: ${one.refused}`;

/** @param {readonly Trained[]} all */
export const trainedTable = (all) =>
  [
    '| file | input | held out | difference from the reference | p |',
    '| ---- | ----- | -------: | ----------------------------: | -: |',
    ...all.map((one) =>
      one.refused === undefined
        ? `| ${one.name} | ${one.input} | ${percent(one.accuracy)} | ${(100 * (one.accuracy - one.reference)).toFixed(1)} | ${one.p.toFixed(2)} |`
        : `| ${one.name} | refused: ${one.refused} | | | |`,
    ),
    '',
  ].join('\n');

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;
