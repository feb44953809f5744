import { join } from 'node:path';
import type { Preset } from '@graft/augment';
import { type Image, type Labelled, Loader, onInput } from '@graft/data';
import { importOnnx, type OnnxFile, type OnnxOperator, readModel } from '@graft/onnx';
import type { App } from '@graft/plugin';
import { type AnyBackend, scope, type Tensor, tensor } from '@graft/tensor';
import { decodedImages, labelledBatch } from './image-loader.ts';
import { openApp, type PluginOptions } from './open-app.ts';
import { presetFor } from './preprocessing.ts';
import type { Reporter } from './reporter.ts';
import { RunFolder, type Summary } from './run-folder.ts';
import { isTable } from './task/want-table.ts';
import { type Label, type Task, taskNames, type TaskReport } from './task/task.ts';
import { taskOf } from './task/tasks.ts';
import { missingPlugins } from './wanted-plugins.ts';

/** What a run left: its model with its classes. */
export interface FinishedRun {
  readonly path: string;
  readonly summary: Summary;
  readonly task: Task;
  /** What each answer is of, and the columns of the table that said so. */
  readonly classes: readonly string[];
  readonly targets: readonly string[] | undefined;
  readonly preset: Preset;
  readonly file: OnnxFile;
  readonly bytes: Uint8Array;
}

/** @throws where the folder is no finished run, or its files are damaged or not of one run */
export async function openFinishedRun(path: string): Promise<FinishedRun> {
  const folder = RunFolder.open(path);
  const summary = await folder.summary();
  const { classes, targets, preprocessing } = summary;
  const task = taskOf(summary);
  const bytes = await folder.model(summary);
  const run = {
    path,
    summary,
    task,
    classes,
    targets,
    preset: presetFor(preprocessing, task.name),
    file: readModel({ name: join(path, 'model.onnx'), model: bytes }),
    bytes,
  };
  const labels = run.file.metadata.get('labels');
  if (labels !== undefined && labels !== JSON.stringify(classes)) throw apart(run, 'was made for other classes');
  const asked = taskNames.find((name) => name === run.file.metadata.get('task')) ?? 'classification'; // other tools have a text under that key, too
  if (asked !== task.name)
    throw new Error(
      `"${join(path, 'model.onnx')}" was made for the task ${asked}, and summary.json names ${task.name}. The folder's files do not belong together; copy the run again.`,
    );
  return run;
}

/** An app to run a run's model in. Without the run's plugins it is tried all the same: most add nothing that the exported model needs. */
export async function openAppFor(
  { summary: { plugins = [] } }: Pick<FinishedRun, 'summary'>,
  options: PluginOptions,
  reporter: Reporter,
): Promise<App> {
  const app = await openApp(options, []);
  const missing = missingPlugins(app, plugins);
  if (missing) reporter.warn(missing);
  return app;
}

/**
 * A run's model, or another file that answers as it does, as a function of a batch.
 * @throws when called, where it answers with other classes than the run has
 */
export async function answering(
  run: FinishedRun,
  file: OnnxFile,
  backend: AnyBackend,
  operators: readonly OnnxOperator[],
): Promise<(inputs: Float32Array, shape: readonly number[]) => Tensor> {
  const model = await importOnnx(file, { operators }).to(backend);
  return (inputs, shape) => {
    const logits = scope(() => model.forward(tensor(inputs, { shape, backend })));
    if (logits.shape.length === 2 && logits.shape[1] === run.classes.length) return logits;
    throw apart(run, `answers with [${logits.shape.join(', ')}]`);
  };
}

type JudgedLoader = Loader<Labelled<Image, Label>, Labelled<Image, Label>>;

/**
 * Batches of a folder's or a table's images as the run's model takes them, with what they show as the run counts it.
 * @throws where there is a class that the run does not know, or the data is for another task
 */
export async function batchesFor(
  { path, classes, task, targets, preset }: FinishedRun,
  from: string,
  batchSize = 16,
): Promise<JudgedLoader> {
  const data = await task.open(from, task.name === 'regression' ? classes : isTable(from) ? targets : undefined);
  const unknown = data.classes.find((name) => !classes.includes(name));
  if (unknown !== undefined)
    throw new Error(
      `The ${isTable(from) ? 'table' : 'folder'} has the class "${unknown}", and the run "${path}" knows ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}. Give images of its classes.`,
    );
  const places = data.classes.map((name) => classes.indexOf(name));
  const placed = (label: Label): Label => {
    if (typeof label === 'number') return places[label]!;
    const numbers = new Float32Array(classes.length);
    for (const [k, value] of label.entries()) numbers[places[k]!] = value;
    return numbers;
  };
  const collate = labelledBatch(preset.normalization);
  return new Loader(decodedImages(data, preset), {
    batchSize,
    quarantineLimit: 1,
    transform: onInput<Image, Image, Label>(preset.evaluation),
    collate: (samples, indices) =>
      collate(
        samples.map((sample) => ({ ...sample, label: placed(sample.label) })),
        indices,
      ),
  });
}

/** Counts what a model says to labelled batches. @throws where no image could be read */
export async function judged(
  { task, classes }: FinishedRun,
  answer: Awaited<ReturnType<typeof answering>>,
  loader: JudgedLoader,
  reporter: Reporter,
): Promise<TaskReport> {
  const judge = task.judge(classes);
  let seen = 0;
  for await (const { inputs, shape, labels } of loader) {
    await reporter.breathe();
    const outputs = answer(inputs, shape);
    judge.add({ values: (await outputs.array()) as Float32Array, shape: outputs.shape }, labels);
    outputs.dispose();
    reporter.count('judging images', (seen += shape[0]!), loader.length * shape[0]!);
  }
  for (const { reason } of loader.quarantined) reporter.warn(`left out an image: ${reason}`);
  if (!seen) throw new Error('No image of the folder can be read. Check the files.');
  return judge.report();
}

const apart = ({ path, classes }: Pick<FinishedRun, 'path' | 'classes'>, what: string): Error =>
  new Error(
    `"${join(path, 'model.onnx')}" ${what}, and summary.json names ${classes.length} classes (${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}). The folder's files do not belong together; copy the run again.`,
  );
