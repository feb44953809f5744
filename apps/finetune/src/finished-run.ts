import { join } from 'node:path';
import type { Preset } from '@graft/augment';
import { type Image, imageBatch, type Labelled, Loader, onInput } from '@graft/data';
import type { ImageFolder } from '@graft/data/node';
import { importOnnx, type OnnxFile, type OnnxOperator, readModel } from '@graft/onnx';
import { type AnyBackend, scope, type Tensor, tensor } from '@graft/tensor';
import { ConfusionMatrix } from '@graft/train';
import { decodedImages } from './image-loader.ts';
import { presetFor } from './preprocessing.ts';
import type { Reporter } from './reporter.ts';
import { RunFolder, type Summary } from './run-folder.ts';

/** What a run left: its model with its classes. */
export interface FinishedRun {
  readonly path: string;
  readonly summary: Summary;
  readonly classes: readonly string[];
  readonly preset: Preset;
  readonly file: OnnxFile;
  readonly bytes: Uint8Array;
}

/** @throws where the folder is no finished run, or its files are damaged or not of one run */
export async function openFinishedRun(path: string): Promise<FinishedRun> {
  const folder = RunFolder.open(path);
  const summary = await folder.summary();
  const { classes, preprocessing } = summary;
  const bytes = await folder.model(summary);
  const run = { path, summary, classes, preset: presetFor(preprocessing), file: readModel({ name: join(path, 'model.onnx'), model: bytes }), bytes };
  const labels = run.file.metadata.get('labels');
  if (labels !== undefined && labels !== JSON.stringify(classes)) throw apart(run, 'was made for other classes');
  return run;
}

/**
 * A run's model, or another file that answers as it does, as a function of a batch.
 * @throws when called, where it answers with other classes than the run has
 */
export function answering(run: FinishedRun, file: OnnxFile, backend: AnyBackend, operators: readonly OnnxOperator[]): (inputs: Float32Array, shape: readonly number[]) => Tensor {
  const model = importOnnx(file, { operators }).to(backend);
  return (inputs, shape) => {
    const logits = scope(() => model.forward(tensor(inputs, { shape, backend })));
    if (logits.shape.length === 2 && logits.shape[1] === run.classes.length) return logits;
    throw apart(run, `answers with [${logits.shape.join(', ')}]`);
  };
}

type FolderLoader = Loader<Labelled<Image>, Labelled<Image>>;

/**
 * Batches of a folder's images as the run's model takes them, the labels as the run counts its classes.
 * @throws where the folder has a class that the run does not know
 */
export function batchesFor({ path, classes, preset }: FinishedRun, folder: ImageFolder, batchSize = 16): FolderLoader {
  const unknown = folder.classes.find((name) => !classes.includes(name));
  if (unknown !== undefined) throw new Error(`The folder has the class "${unknown}", and the run "${path}" knows ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}. Give images of its classes.`);
  const collate = imageBatch(preset.normalization);
  return new Loader(decodedImages(folder, preset), {
    batchSize, quarantineLimit: 1, transform: onInput(preset.evaluation),
    collate: (samples, indices) => collate(samples.map((sample) => ({ ...sample, label: classes.indexOf(folder.classes[sample.label]!) })), indices),
  });
}

/** Counts what a model says to labelled batches. @throws where no image could be read */
export async function confusionOf(answer: ReturnType<typeof answering>, loader: FolderLoader, classes: number, reporter: Reporter): Promise<ConfusionMatrix> {
  const matrix = new ConfusionMatrix(classes);
  let seen = 0;
  for await (const { inputs, shape, labels } of loader) {
    await reporter.breathe();
    const logits = answer(inputs, shape);
    matrix.add({ values: (await logits.array()) as Float32Array, shape: logits.shape }, labels);
    logits.dispose();
    reporter.count('judging images', (seen += labels.length), loader.length * shape[0]!);
  }
  for (const { reason } of loader.quarantined) reporter.warn(`left out an image: ${reason}`);
  if (!seen) throw new Error('No image of the folder can be read. Check the files.');
  return matrix;
}

const apart = ({ path, classes }: Pick<FinishedRun, 'path' | 'classes'>, what: string): Error =>
  new Error(`"${join(path, 'model.onnx')}" ${what}, and summary.json names ${classes.length} classes (${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}). The folder's files do not belong together; copy the run again.`);
