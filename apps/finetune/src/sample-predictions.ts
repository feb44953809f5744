import type { ImageFolder } from '@graft/data/node';
import type { Module } from '@graft/layers';
import { bestOf, predict } from '@graft/train';
import type { ImageLoader } from './image-loader.ts';
import type { Prediction } from './prediction-sheet.ts';

const [looked, wrongShown, shown] = [240, 8, 24];

/**
 * A model's answers to the first images of a loader, wrong ones in front: they say most.
 * @param indices the loader's samples as numbers in the folder
 */
export async function samplePredictions(model: Module, loader: ImageLoader, indices: readonly number[], folder: ImageFolder): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  for await (const { batch, outputs: { values, shape: [, classes] } } of predict(model, loader.batches(0))) {
    for (const [n, index] of batch.indices.entries()) {
      const { input: path, label } = await folder.get(indices[index]!);
      predictions.push({ path, answer: folder.classes[bestOf(values.subarray(n * classes!, (n + 1) * classes!))]!, truth: folder.classes[label]! });
    }
    if (predictions.length >= looked) break;
  }
  const wrong = predictions.filter(({ answer, truth }) => answer !== truth).slice(0, wrongShown);
  return [...wrong, ...predictions.filter(({ answer, truth }) => answer === truth)].slice(0, shown);
}
