import { sharpDecoder } from '@graft/augment';
import { toPlanes } from '@graft/data';
import { createBackend, createGraft } from '@graft/graft';
import { importOnnx, onnxOperator } from '@graft/onnx';
import { Random, scope, softmax, tensor } from '@graft/tensor';
import { presetFor } from '../preset.ts';
import { RunFolder } from '../run-folder.ts';
import { percent } from '../status.ts';
import { table } from '../table.ts';

interface Answer {
  readonly image: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** Classifies images with the model of a run folder. */
export async function predict(images: readonly string[], { model: path, top, backend: backendName, json }: { model: string; top: number; backend: string; json?: boolean }): Promise<readonly Answer[]> {
  const folder = RunFolder.open(path);
  const { classes, preprocessing } = await folder.summary();
  const app = await createGraft({ modelsFrom: [] });
  const backend = await createBackend(app, backendName);
  const model = importOnnx({ name: `${path}/model.onnx`, model: await folder.storage.read('model.onnx') }, { operators: app.all(onnxOperator) }).to(backend);
  const preset = presetFor(preprocessing);
  const answers: Answer[] = [];
  for (const image of images) {
    const decoded = await preset.evaluation(await sharpDecoder.decode(image, preset.decode), new Random(0));
    const { data, shape } = toPlanes(decoded, preset.normalization);
    const probabilities = scope(() => softmax(model.forward(tensor(data, { shape: [1, ...shape], backend })))).numbers();
    if (probabilities.length !== classes.length) throw new Error(`"${path}/model.onnx" gives ${probabilities.length} numbers, but summary.json names ${classes.length} classes. The folder's files do not belong together.`);
    const ranked = probabilities.map((probability, k) => ({ name: classes[k]!, probability })).sort((a, b) => b.probability - a.probability);
    answers.push({ image, classes: ranked.slice(0, top) });
  }
  if (json) console.log(JSON.stringify(answers));
  else console.log(table(['image', 'answer', 'sure', 'else'], answers.map(({ image, classes: [best, ...others] }) => [image, best!.name, percent(best!.probability), others.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ')])));
  await app.dispose();
  return answers;
}
