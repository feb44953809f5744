import { sharpDecoder, testTimeAugment } from '@graft/augment';
import { toPlanes } from '@graft/data';
import { createBackend, createGraft } from '@graft/graft';
import { onnxOperator } from '@graft/onnx';
import { Random, scope, softmax } from '@graft/tensor';
import { answering, openFinishedRun } from '../finished-run.ts';
import { percent } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import { table } from '../table.ts';

interface Answer {
  readonly image: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/**
 * Classifies images with the model of a run folder. An image that cannot be read is said on stderr, and the others are answered.
 * @returns whether all images could be read
 */
export async function predict(images: readonly string[], { model: path, top, tta = 1, backend: backendName, json }: { model: string; top: number; tta?: number; backend: string; json?: boolean }, reporter: Reporter): Promise<boolean> {
  const app = await createGraft({ modelsFrom: [] });
  try {
    const run = await openFinishedRun(path);
    const { preset, classes } = run;
    const answer = answering(run, run.file, await createBackend(app, backendName), app.all(onnxOperator));
    const probabilities = (planes: Float32Array, shape: readonly number[]): number[] => scope(() => softmax(answer(planes, [1, ...shape])).numbers());
    const answers: Answer[] = [];
    for (const image of images) {
      await reporter.breathe();
      const decoded = await sharpDecoder.decode(image, preset.decode).catch((error: Error) => reporter.warn(error.message));
      if (!decoded) continue;
      // The first view is the image as it is; the others are changed as in training.
      const views = Array.from({ length: tta }, (_, k) => (k === 0 ? preset.evaluation : preset.training));
      const mean = await testTimeAugment(decoded, {
        views, random: new Random(0),
        predict: (images) => images.map((view) => {
          const { data, shape } = toPlanes(view, preset.normalization);
          return probabilities(data, shape);
        }),
      });
      const ranked = Array.from(mean, (probability, k) => ({ name: classes[k]!, probability })).sort((a, b) => b.probability - a.probability);
      answers.push({ image, classes: ranked.slice(0, top) });
    }
    if (json) console.log(JSON.stringify(answers));
    else if (answers.length)
      console.log(table(['image', 'answer', 'sure', 'else'], answers.map(({ image, classes: [best, ...others] }) => [image, best!.name, percent(best!.probability), others.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ')])));
    return answers.length === images.length;
  } finally {
    await app.dispose();
  }
}
