import { createBackend, createGraft } from '@graft/graft';
import { saveCheckpoint } from '@graft/train';
import { appFolder } from '../app-folder.ts';
import { openDemoData } from '../demo/data.ts';
import { plan } from '../demo/plan.ts';
import { type Outcome, rowNames, runSeed } from '../demo/run-seed.ts';
import { exportModel } from '../export-model.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { RunFolder, type Summary } from '../run-folder.ts';
import { duration, percent, status } from '../status.ts';
import { table } from '../table.ts';

const known = `PP-OCRv4 reads printed digits already: without any training it is right on 56.0 % of these, and on 86.4 % if only
digits may be answered. So this is domain adaptation: print to handwriting.`;

/** Learns handwritten digits in five ways and compares them on the same test set. */
export async function demo({ seeds, out, backend: backendName, json }: { seeds: readonly number[]; out?: string; backend: string; json?: boolean }): Promise<Summary> {
  const { say } = status(json);
  const started = performance.now();
  const run = await RunFolder.create(out);
  const app = await createGraft({ modelsFrom: [process.cwd(), appFolder] });
  const backend = await createBackend(app, backendName);
  say('10,000 handwritten digits: 10 a class to learn from, 2,000 others to judge by');
  const data = await openDemoData();
  const outcomes: Outcome[] = [];
  for (const seed of seeds) outcomes.push(await runSeed({ app, backend, data, seed, say, quiet: json === true }));
  const [first] = outcomes as [Outcome];

  const rows = rowNames.map((name) => {
    const accuracies = outcomes.map((outcome) => outcome.accuracies[name]);
    const mean = accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
    const deviation = Math.sqrt(accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, accuracies.length - 1));
    return { name, mean, deviation, seconds: outcomes.reduce((sum, outcome) => sum + outcome.seconds[name], 0) / outcomes.length };
  });
  const trainSeconds = first.seconds['full fine-tuning'];
  const summary: Summary = {
    model: first.backbone.name, classes: data.folder.classes, ...parameterCounts(first.model), epochs: plan.head.epochs + plan.full.epochs,
    validationAccuracy: null, testAccuracy: rows.find(({ name }) => name === 'full fine-tuning')!.mean, trainSeconds,
    imagesPerSecond: (plan.perClass * 10 * (plan.head.views + plan.full.epochs)) / trainSeconds,
    frozenTensors: first.frozenTensors, frozenTensorsChanged: outcomes.reduce((sum, { frozenTensorsChanged }) => sum + frozenTensorsChanged, 0),
    preprocessing: first.backbone.preprocessing, cut: first.backbone.cut, seeds, rows, totalSeconds: (performance.now() - started) / 1000,
  };
  await run.write('model.onnx', exportModel(first.model, first.backbone, data.folder.classes));
  await saveCheckpoint(run.storage, 'checkpoint', { model: first.model, state: { seed: seeds[0], plan } });
  await run.write('predictions.png', await predictionSheet(first.samples));
  await run.finish(summary);
  if (json) console.log(JSON.stringify({ ...summary, folder: run.path }));
  else {
    const spread = (value: number): string => (seeds.length > 1 ? ` ± ${(100 * value).toFixed(1)}` : '');
    console.log(`
${table(['learned from 10 images a class', `right on ${plan.testImages.toLocaleString('en')} unseen`, 'seconds'], rows.map(({ name, mean, deviation, seconds }) => [name, percent(mean) + spread(deviation), seconds.toFixed(1)]))}

${known}

${duration((performance.now() - started) / 1000)} in all. Written to ${run.path}: model.onnx, labels.txt, summary.json, predictions.png, checkpoint/`);
  }
  await app.dispose();
  return summary;
}
