import { split } from '@graft/data';
import { fileFeatureStore, type ImageFolder, imageFolder } from '@graft/data/node';
import { createBackend, createGraft } from '@graft/graft';
import { type AnyBackend, Random } from '@graft/tensor';
import { accuracy, evaluate, type EpochLog, saveCheckpoint } from '@graft/train';
import { changedSince, frozenDigests, linearHead, trainHead, trainUnfrozen, TransferModel, unfreezeLast } from '@graft/transfer';
import { appFolder } from '../app-folder.ts';
import { type Backbone, openBackbone } from '../backbone.ts';
import { exportModel } from '../export-model.ts';
import { decodedImages, type ImageLoader, imageLoader } from '../image-loader.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { presetFor } from '../preprocessing.ts';
import { counted, duration, percent } from '../quantities.ts';
import { readableImages } from '../readable-images.ts';
import type { Reporter } from '../reporter.ts';
import { commandOf } from '../report/command-of.ts';
import { factsOf, writeReport } from '../report/write-report.ts';
import { isClassName, RunFolder, type Summary } from '../run-folder.ts';
import { samplePredictions } from '../sample-predictions.ts';

export interface FinetuneOptions {
  readonly model: string;
  readonly data: string;
  readonly out?: string;
  readonly cut?: string;
  readonly size?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** How many of the backbone's layer groups learn, from the last one. */
  readonly unfreeze: number | 'all';
  readonly views: number;
  /** Where features are kept from run to run. */
  readonly features?: string;
  readonly validation: number;
  readonly seed: number;
  readonly strict?: boolean;
  readonly backend: string;
  readonly json?: boolean;
}

/** Trains a new head, and where asked the backbone, on a folder of images; writes a run folder. */
export async function finetune(options: FinetuneOptions, reporter: Reporter): Promise<Summary> {
  const folder = await imageFolder(options.data);
  for (const name of folder.classes) if (!isClassName(name)) throw new Error(`The class folder ${JSON.stringify(name)} of "${options.data}" has control characters in its name. Rename it.`);
  return RunFolder.fill(options.out, async (run) => {
    const app = await createGraft({ modelsFrom: [process.cwd(), appFolder] });
    try {
      const backend = await createBackend(app, options.backend);
      const backbone = await openBackbone(app, backend, { ...options, progress: (done, total) => reporter.download(options.model, done, total) });
      await run.wantSpace(10 * parameterCounts(backbone.module).parameters + 1e6); // 4 bytes each in model and checkpoint, and the pictures
      if (backbone.assumed.length)
        reporter.warn(`nothing says how "${backbone.name}" wants its images normalised, so ImageNet's ${backbone.assumed.map((one) => `${one} ${backbone.preprocessing[one].join(',')}`).join(' and ')} are taken. Other numbers go with --mean and --std.`);
      const summary = await learn(options, { run, backend, backbone, folder, reporter });
      await run.finish(summary);
      console.log(options.json ? JSON.stringify({ ...summary, folder: run.path }) : report(summary, run.path));
      return summary;
    } finally {
      await app.dispose();
    }
  });
}

interface Work {
  readonly run: RunFolder;
  readonly backend: AnyBackend;
  readonly backbone: Backbone;
  readonly folder: ImageFolder;
  readonly reporter: Reporter;
}

async function learn(options: FinetuneOptions, { run, backend, backbone, folder, reporter }: Work): Promise<Summary> {
  const { seed, epochs, batch, learningRate, unfreeze, views, validation, strict = false } = options;
  const { classes, labels } = folder;
  const preset = presetFor(backbone.preprocessing);
  const images = decodedImages(folder, preset);
  const { indices, quarantined } = await readableImages(images, folder, { strict, reporter });
  const parts = split(indices.map((index) => labels[index]!), { validation, seed, classes });
  const [learned, judged] = [parts.train, parts.validation].map((part) => part.map((i) => indices[i]!)) as [number[], number[]];
  new Random(seed).shuffle(judged); // so that the first ones are of all classes
  const loader = (part: readonly number[], training: boolean): ImageLoader => imageLoader(images, part, { preset, training, batchSize: batch, seed, reporter });
  const [training, held] = [loader(learned, true), loader(judged, false)];

  const classCounts = classes.map((_, label) => learned.filter((index) => labels[index] === label).length);
  const model = new TransferModel(backbone.module, linearHead({ features: [1, backbone.features], classes: classes.length, classCounts }).initialize(seed)).to(backend);
  const groups = backbone.module.layerGroups();
  if (unfreeze !== 'all' && unfreeze > groups.length)
    throw new Error(`"${backbone.name}" has ${counted(groups.length, 'layer group')} up to the cut (${groups.map(({ name }) => name).join(', ')}), and --unfreeze wants ${unfreeze}. Give 0 to ${groups.length}, or all.`);
  const learning = unfreeze === 'all' ? unfreeze : unfreeze + 1; // the head is a group, too
  unfreezeLast(model, learning);
  const frozen = await frozenDigests(model);
  reporter.say(`${backbone.name}, cut at ${backbone.cut}: ${counted(backbone.features, 'feature')} · ${classes.length} classes, ${counted(learned.length, 'image')} to learn from, ${judged.length} to judge by`);

  const common = { epochs, metrics: [accuracy()], validation: held, seed };
  const started = performance.now();
  const store = options.features === undefined ? undefined : fileFeatureStore(options.features);
  const total = learned.length * views + judged.length;
  let known = 0;
  const onFeatures = (done: number, stored: number): void => {
    known = stored;
    reporter.count('computing features', done - stored, total - stored);
  };
  const log: EpochLog[] = [...await trainHead(model, training, { ...common, learningRate, views, batchSize: batch, store, callbacks: reporter.callbacks('head'), onFeatures })];
  if (store) reporter.say(`features of ${known} of ${counted(total, 'view')} from the cache "${options.features}"`);
  if (unfreeze !== 0) log.push(...await trainUnfrozen(model, training, { ...common, learningRate: learningRate / 10, unfreeze: learning, callbacks: reporter.callbacks('all') }));
  const trainSeconds = (performance.now() - started) / 1000;
  const frozenTensorsChanged = (await changedSince(model, frozen)).length;
  const { accuracy: validationAccuracy } = await evaluate(model, held, { metrics: [accuracy()] });

  await reporter.breathe();
  await run.write('model.onnx', exportModel(model, backbone, classes));
  await saveCheckpoint(run.storage, 'checkpoint', { model, state: { seed, epochs } });
  await run.write('predictions.png', await predictionSheet(await samplePredictions(model, held, judged, folder)));
  const { parameters, trainableParameters: trainable } = parameterCounts(model);
  await run.write('report.html', await writeReport({
    model, backbone, folder, data: options.data, held, judged, quarantined, log, seconds: trainSeconds, command: commandOf(options),
    facts: factsOf({ backbone, folder, learned: learned.length, judged: judged.length, parameters, trainable, seed }),
  }));
  return {
    model: backbone.name, classes, ...parameterCounts(model), epochs, validationAccuracy: validationAccuracy ?? null, testAccuracy: null, trainSeconds,
    imagesPerSecond: (learned.length * (views + (unfreeze === 0 ? 0 : epochs))) / trainSeconds, frozenTensors: frozen.size, frozenTensorsChanged,
    preprocessing: backbone.preprocessing, cut: backbone.cut, seed, unfreeze, views, learningRate, batch, trainImages: learned.length, validationImages: judged.length,
    ignoredFiles: folder.ignored, quarantined, log,
  };
}

const report = (summary: Summary, path: string): string => `
validation accuracy ${percent(summary.validationAccuracy)} on ${counted(Number(summary['validationImages']), 'image')} · ${duration(summary.trainSeconds)} of training, ${summary.imagesPerSecond.toFixed(0)} images/s
${summary.trainableParameters.toLocaleString('en')} of ${summary.parameters.toLocaleString('en')} parameters learned · ${counted(summary.frozenTensors, 'frozen tensor')}, ${summary.frozenTensorsChanged} changed
written to ${path}: model.onnx, labels.txt, summary.json, predictions.png, report.html, checkpoint/
try it: graft predict --model ${path} <images…>`;
