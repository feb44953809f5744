import { type Preset, sharpDecoder } from '@graft/augment';
import { toPlanes } from '@graft/data';
import { createBackend, createGraft } from '@graft/graft';
import { importOnnx, type OnnxOperator, onnxOperator, readModel } from '@graft/onnx';
import { type AnyBackend, Random, scope, softmax, tensor } from '@graft/tensor';
import { join } from 'node:path';
import { presetFor } from '../preprocessing.ts';
import { percent } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import { RunFolder } from '../run-folder.ts';
import { table } from '../table.ts';

interface Answer {
  readonly image: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** A run's model with its classes, ready to answer. */
interface Classifier {
  readonly preset: Preset;
  readonly classes: readonly string[];
  probabilities(planes: Float32Array, shape: readonly number[]): number[];
}

/**
 * Classifies images with the model of a run folder. An image that cannot be read is said on stderr, and the others are answered.
 * @returns whether all images could be read
 */
export async function predict(images: readonly string[], { model: path, top, backend: backendName, json }: { model: string; top: number; backend: string; json?: boolean }, reporter: Reporter): Promise<boolean> {
  const app = await createGraft({ modelsFrom: [] });
  try {
    const { preset, classes, probabilities } = await openRun(path, await createBackend(app, backendName), app.all(onnxOperator));
    const answers: Answer[] = [];
    for (const image of images) {
      await reporter.breathe();
      const decoded = await sharpDecoder.decode(image, preset.decode).catch((error: Error) => reporter.warn(error.message));
      if (!decoded) continue;
      const { data, shape } = toPlanes(await preset.evaluation(decoded, new Random(0)), preset.normalization);
      const ranked = probabilities(data, shape).map((probability, k) => ({ name: classes[k]!, probability })).sort((a, b) => b.probability - a.probability);
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

/** @throws where the folder is no run, or its files are damaged or not of one run */
async function openRun(path: string, backend: AnyBackend, operators: readonly OnnxOperator[]): Promise<Classifier> {
  const folder = RunFolder.open(path);
  const summary = await folder.summary();
  const { classes, preprocessing } = summary;
  const name = join(path, 'model.onnx');
  const file = readModel({ name, model: await folder.model(summary) });
  const apart = (what: string): Error => new Error(`"${name}" ${what}, and summary.json names ${classes.length} classes (${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}). The folder's files do not belong together; copy the run again.`);
  const labels = file.metadata.get('labels');
  if (labels !== undefined && labels !== JSON.stringify(classes)) throw apart('was made for other classes');
  const model = importOnnx(file, { operators }).to(backend);
  return {
    preset: presetFor(preprocessing), classes,
    probabilities(planes, shape) {
      const logits = scope(() => model.forward(tensor(planes, { shape: [1, ...shape], backend })));
      if (logits.shape.length !== 2 || logits.shape[1] !== classes.length) throw apart(`answers with [${logits.shape.join(', ')}]`);
      const numbers = scope(() => softmax(logits)).numbers();
      logits.dispose();
      return numbers;
    },
  };
}
