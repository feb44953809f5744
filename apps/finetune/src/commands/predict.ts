import { testTimeAugment } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import { toPlanes } from '@graft/data';
import { createBackend } from '@graft/graft';
import { onnxOperator } from '@graft/onnx';
import { Random, scope } from '@graft/tensor';
import { answering, openAppFor, openFinishedRun } from '../finished-run.ts';
import { imagePaths } from '../image-paths.ts';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { csv, table } from '../table.ts';

export interface PredictOptions extends PluginOptions {
  /** A run's folder. */
  readonly model: string;
  readonly top: number;
  readonly tta?: number;
  readonly backend: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** What became of one image: the model's numbers, or why it cannot be read. */
interface Looked {
  readonly image: string;
  readonly values?: readonly number[];
  readonly error?: string;
}

/**
 * Answers images with the model of a run folder. One that cannot be read is said on stderr and listed with its reason, and the others are answered.
 * @param named files, folders with images in them and below, and `-` for a list on stdin
 * @returns whether all images could be read
 */
export async function predict(
  named: readonly string[],
  { model: path, top, tta = 1, backend: backendName, json, csv: asCsv, ...plugins }: PredictOptions,
  reporter: Reporter,
): Promise<boolean> {
  if (json && asCsv) throw new Error('Answers are printed as JSON or as CSV. Give --json or --csv, not both.');
  const run = await openFinishedRun(path);
  const app = await openAppFor(run, plugins, reporter);
  try {
    const { preset, classes, task } = run;
    const answer = await answering(run, run.file, await createBackend(app, backendName), app.all(onnxOperator));
    const valuesOf = (planes: Float32Array, shape: readonly number[]): number[] =>
      scope(() => task.activate(answer(planes, [1, ...shape])).numbers());
    // The first view is the image as it is; the others are changed as in training.
    const views = Array.from({ length: tta }, (_, k) => (k === 0 ? preset.evaluation : preset.training));
    const looked: Looked[] = [];
    const images = await imagePaths(named);
    for (const { path: image, reason } of images) {
      await reporter.breathe();
      reporter.count('answering images', looked.length, images.length);
      const decoded =
        reason === undefined
          ? await sharpDecoder.decode(image, preset.decode).catch((error: Error) => error)
          : new Error(reason);
      if (decoded instanceof Error) {
        reporter.warn(decoded.message);
        looked.push({ image, error: decoded.message });
        continue;
      }
      const mean = await testTimeAugment(decoded, {
        views,
        random: new Random(0),
        predict: (images) =>
          images.map((view) => {
            const { data, shape } = toPlanes(view, preset.normalization);
            return valuesOf(data, shape);
          }),
      });
      looked.push({ image, values: Array.from(mean) });
    }
    reporter.count('answering images', images.length, images.length);
    const answered = looked.flatMap(({ image, values }) =>
      values ? [{ image, ...task.answer(values, classes, top) }] : [],
    );
    if (json)
      console.log(
        JSON.stringify(
          looked.map(({ image, values, error }) =>
            values ? { image, ...task.answer(values, classes, top).json } : { image, error },
          ),
        ),
      );
    else if (asCsv)
      console.log(
        csv(
          ['image', 'answer', ...classes, 'error'],
          looked.map(({ image, values, error = '' }) => [
            image,
            values ? task.answer(values, classes, top).text : '',
            ...classes.map((_, k) => (values ? String(values[k]) : '')),
            error,
          ]),
        ),
      );
    else if (answered.length)
      console.log(
        table(
          ['image', ...task.head],
          answered.map(({ image, row }) => [image, ...row]),
        ),
      );
    return answered.length === looked.length;
  } finally {
    await app.dispose();
  }
}
