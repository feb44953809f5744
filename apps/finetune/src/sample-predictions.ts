import type { Module } from '@graft/layers';
import { predict } from '@graft/train';
import type { ImageLoader } from './image-loader.ts';
import type { Prediction } from './prediction-sheet.ts';
import type { Task, TaskData } from './task/task.ts';

const [looked, wrongShown, shown] = [240, 8, 24];

/**
 * A model's answers to the first images of a loader, wrong ones in front: they say most.
 * @param indices the loader's samples as numbers in the data
 */
export async function samplePredictions(
  model: Module,
  loader: ImageLoader,
  indices: readonly number[],
  data: Pick<TaskData, 'classes' | 'get'>,
  { say }: Pick<Task, 'say'>,
): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  for await (const {
    batch,
    outputs: {
      values,
      shape: [, classes],
    },
  } of predict(model, loader.batches(0))) {
    for (const [n, index] of batch.indices.entries()) {
      const { input: path, label } = await data.get(indices[index]!);
      predictions.push({ path, ...say(values.subarray(n * classes!, (n + 1) * classes!), label, data.classes) });
    }
    if (predictions.length >= looked) break;
  }
  const wrong = predictions.filter(({ right }) => right === false).slice(0, wrongShown);
  return [...wrong, ...predictions.filter(({ right }) => right !== false)].slice(0, shown);
}
