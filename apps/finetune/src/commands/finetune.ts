import { split } from '@graft/data';
import { imageFolder } from '@graft/data/node';
import { accuracy, evaluate, type EpochLog, saveCheckpoint } from '@graft/train';
import { progress } from '@graft/callbacks';
import { createBackend, createGraft } from '@graft/graft';
import { Random } from '@graft/tensor';
import { changedSince, frozenDigests, linearHead, trainHead, trainUnfrozen, TransferModel, unfreezeLast } from '@graft/transfer';
import { appFolder } from '../app-folder.ts';
import { openBackbone } from '../backbone.ts';
import { exportModel } from '../export-model.ts';
import { decodedImages, imageLoader } from '../image-loader.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { presetFor } from '../preset.ts';
import { RunFolder, type Summary } from '../run-folder.ts';
import { samplePredictions } from '../sample-predictions.ts';
import { duration, percent, status } from '../status.ts';

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
  readonly unfreeze: number | 'all';
  readonly views: number;
  readonly validation: number;
  readonly seed: number;
  readonly strict?: boolean;
  readonly backend: string;
  readonly json?: boolean;
}

/** Trains a new head, and where asked the backbone, on a folder of images; writes a run folder. */
export async function finetune(options: FinetuneOptions): Promise<Summary> {
  const { seed, epochs, batch, learningRate, unfreeze, views, validation, strict = false, json } = options;
  const { say } = status(json);
  const folder = await imageFolder(options.data);
  const parts = split(folder.labels, { validation, seed, classes: folder.classes });
  new Random(seed).shuffle(parts.validation); // so that the first ones are of all classes
  const run = await RunFolder.create(options.out);
  const app = await createGraft({ modelsFrom: [process.cwd(), appFolder] });
  const backend = await createBackend(app, options.backend);
  const backbone = await openBackbone(app, backend, options);
  say(`${backbone.name}, cut at ${backbone.cut}: ${backbone.features} features · ${folder.classes.length} classes, ${parts.train.length} images to learn from, ${parts.validation.length} to judge by`);

  const preset = presetFor(backbone.preprocessing);
  const images = decodedImages(folder, preset);
  const loader = (indices: readonly number[], training: boolean) => imageLoader(images, indices, { preset, training, batchSize: batch, seed, strict });
  const [training, held] = [loader(parts.train, true), loader(parts.validation, false)];
  const classCounts = folder.classes.map((_, label) => parts.train.filter((i) => folder.labels[i] === label).length);
  const model = new TransferModel(backbone.module, linearHead({ features: [1, backbone.features], classes: folder.classes.length, classCounts }).initialize(seed)).to(backend);
  unfreezeLast(model, 1);
  const digests = await frozenDigests(model);
  const common = { epochs, metrics: [accuracy()], validation: held, seed };
  const started = performance.now();
  const bar = (label: string) => (json ? [] : [progress({ label })]);

  let log: readonly EpochLog[] = await trainHead(model, training, { ...common, learningRate, views, batchSize: batch, callbacks: bar('head'), onFeatures: (done) => featureProgress(done, parts.train.length * views, json) });
  // The digests are taken of what stayed frozen to the end.
  const frozenChanged = (await changedSince(model, digests)).length;
  if (unfreeze !== 0) log = [...log, ...(await trainUnfrozen(model, training, { ...common, learningRate: learningRate / 10, unfreeze, callbacks: bar('all') }))];
  const trainSeconds = (performance.now() - started) / 1000;
  const stillFrozen = await frozenDigests(model);
  const changed = [...stillFrozen].filter(([path, digest]) => digests.get(path) !== digest).length;

  const { accuracy: validationAccuracy } = await evaluate(model, held, { metrics: [accuracy()] });
  const quarantined = [...new Map([...training.quarantined.map((one) => ({ ...one, index: parts.train[one.index]! })), ...held.quarantined.map((one) => ({ ...one, index: parts.validation[one.index]! }))].map((one) => [one.index, one])).values()];
  for (const { path, reason } of quarantined) say(`left out ${path ?? 'an image'}: ${reason}`);
  const counts = parameterCounts(model);
  const summary: Summary = {
    model: backbone.name, classes: folder.classes, ...counts, epochs, validationAccuracy: validationAccuracy ?? null, testAccuracy: null, trainSeconds,
    imagesPerSecond: (parts.train.length * (views + (unfreeze === 0 ? 0 : epochs))) / trainSeconds,
    frozenTensors: stillFrozen.size, frozenTensorsChanged: Math.max(changed, frozenChanged),
    preprocessing: backbone.preprocessing, cut: backbone.cut, seed, unfreeze, views, learningRate, batch, trainImages: parts.train.length, validationImages: parts.validation.length,
    ignoredFiles: folder.ignored, quarantined, log,
  };
  await run.write('model.onnx', exportModel(model, backbone, folder.classes));
  await saveCheckpoint(run.storage, 'checkpoint', { model, state: { seed, epochs } });
  await run.write('predictions.png', await predictionSheet(await samplePredictions(model, held, parts.validation, folder)));
  await run.finish(summary);
  if (json) console.log(JSON.stringify({ ...summary, folder: run.path }));
  else console.log(`
validation accuracy ${percent(summary.validationAccuracy)} on ${parts.validation.length} images · ${duration(trainSeconds)} of training, ${summary.imagesPerSecond.toFixed(0)} images/s
${counts.trainableParameters.toLocaleString('en')} of ${counts.parameters.toLocaleString('en')} parameters learned · ${summary.frozenTensors} frozen tensors, ${summary.frozenTensorsChanged} changed
written to ${run.path}: model.onnx, labels.txt, summary.json, predictions.png, checkpoint/
try it: graft predict --model ${run.path} <images…>`);
  await app.dispose();
  return summary;
}

function featureProgress(done: number, total: number, json: boolean | undefined): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\rfeatures ${done}/${total}${done >= total ? '\n' : ''}`);
}
