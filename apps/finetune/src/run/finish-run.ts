import { basename } from 'node:path';
import { evaluate, predict, saveCheckpoint } from '@graft/train';
import { changedSince } from '@graft/transfer';
import { exportModel } from '../export-model.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { commandOf } from '../report/command-of.ts';
import { modelCard } from '../report/model-card.ts';
import { taskPage } from '../report/task-page.ts';
import { factsOf, writeReport } from '../report/write-report.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
import { samplePredictions } from '../sample-predictions.ts';
import { foldsText } from '../run-report.ts';
import type { TaskReport } from '../task/task.ts';
import type { CrossValidation } from './cross-validate.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { Trained } from './run-phases.ts';

/** Judges what was learned, and writes the files of a whole run. @param folds what a cross-validation before it found */
export async function finishRun(prepared: PreparedRun, { log, seconds }: Trained, run: RunFolder, reporter: Reporter, folds?: CrossValidation): Promise<Summary> {
  const { options, backbone, model, frozen, task, data, quarantined, learned, judged, held } = prepared;
  const { seed, epochs, batch, learningRate, unfreeze, views } = options;
  const frozenTensorsChanged = (await changedSince(model, frozen)).length;
  const validation = await evaluate(model, held, { metrics: task.metrics });
  await reporter.breathe();
  await run.write('model.onnx', exportModel(model, backbone, data.classes, task.name));
  await saveCheckpoint(run.storage, 'checkpoint', { model, state: { seed, epochs } });
  const samples = await samplePredictions(model, held, judged, data, task);
  await run.write('predictions.png', await predictionSheet(samples));
  const { parameters, trainableParameters: trainable } = parameterCounts(model);
  const command = commandOf(options);
  const shared = {
    quarantined, log, seconds, command,
    facts: [...factsOf({ backbone, data, task: task.name, learned: learned.length, judged: judged.length, parameters, trainable, seed }), ...(folds ? [['cross-validation', foldsText(folds, task)] as const] : [])],
  };
  if (data.classified) {
    const folder = data.classified;
    const { page, report } = await writeReport({ model, backbone, folder, data: data.root, held, judged, ...shared });
    await run.write('report.html', page);
    const learnedOf = folder.classes.map((_, label) => learned.filter((index) => folder.labels[index] === label).length);
    await run.write('model-card.md', modelCard({ backbone, classes: folder.classes, learned: learnedOf, report, parameters, trainable, quarantined: quarantined.length, command }));
  } else await run.write('report.html', await taskPage({ title: `${basename(backbone.name)}: ${data.classes.join(', ')}`, task, samples, data: data.root, report: await judgeHeld(prepared), ...shared }));
  const summary: Summary = {
    model: backbone.name, task: task.name, classes: data.classes, ...(options.targets && { targets: options.targets }), ...parameterCounts(model), epochs, validation, ...(folds && { folds }),
    validationAccuracy: validation['accuracy'] ?? null, testAccuracy: null, trainSeconds: seconds,
    imagesPerSecond: (learned.length * (views + (unfreeze === 0 ? 0 : epochs))) / seconds, frozenTensors: frozen.size, frozenTensorsChanged,
    preprocessing: backbone.preprocessing, cut: backbone.cut, seed, unfreeze, views, learningRate, batch, trainImages: learned.length, validationImages: judged.length,
    ignoredFiles: data.ignored, quarantined, ...(prepared.record.plugins.length && { plugins: prepared.record.plugins }), log,
  };
  await run.finish(summary);
  return summary;
}

async function judgeHeld({ model, held, task, data }: PreparedRun): Promise<TaskReport> {
  const judge = task.judge(data.classes);
  for await (const { batch, outputs } of predict(model, held.batches(0))) judge.add(outputs, batch.labels);
  return judge.report();
}
