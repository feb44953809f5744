import { basename } from 'node:path';
import { evaluate, saveCheckpoint } from '@graft/train';
import { changedSince } from '@graft/transfer';
import { exportModel } from '../export-model.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { answersTo, judgedBy } from '../report/answers.ts';
import { commandOf } from '../report/command-of.ts';
import { modelCard } from '../report/model-card.ts';
import { taskCard } from '../report/task-card.ts';
import { taskPage } from '../report/task-page.ts';
import { factsOf, writeReport } from '../report/write-report.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
import { samplePredictions } from '../sample-predictions.ts';
import { foldsText } from '../run-report.ts';
import type { CrossValidation } from './cross-validate.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { Trained } from './run-phases.ts';

/** Judges what was learned, and writes the files of a whole run. @param folds what a cross-validation before it found */
export async function finishRun(
  prepared: PreparedRun,
  { log, seconds }: Trained,
  run: RunFolder,
  reporter: Reporter,
  folds?: CrossValidation,
): Promise<Summary> {
  const { options, backbone, model, frozen, task, data, quarantined, learned, judged, held } = prepared;
  const { seed, epochs, batch, learningRate, unfreeze, views } = options;
  const frozenTensorsChanged = (await changedSince(model, frozen)).length;
  const validation = await evaluate(model, held, { metrics: task.metrics });
  await reporter.breathe();
  await run.write('model.onnx', await exportModel(model, backbone, data.classes, task.name));
  await saveCheckpoint(run.storage, 'checkpoint', { model, state: { seed, epochs } });
  const samples = await samplePredictions(model, held, judged, data, task);
  await run.write('predictions.png', await predictionSheet(samples));
  const { parameters, trainableParameters: trainable } = parameterCounts(model);
  const command = commandOf(options);
  const shared = {
    quarantined,
    log,
    seconds,
    command,
    facts: [
      ...factsOf({
        backbone,
        data,
        task: task.name,
        learned: learned.length,
        judged: judged.length,
        parameters,
        trainable,
        seed,
      }),
      ...(folds ? [['cross-validation', foldsText(folds, task)] as const] : []),
    ],
  };
  if (data.classified) {
    const folder = data.classified;
    const { page, report } = await writeReport({ model, backbone, folder, data: data.root, held, judged, ...shared });
    await run.write('report.html', page);
    const learnedOf = folder.classes.map(
      (_, label) => learned.filter((index) => folder.labels[index] === label).length,
    );
    await run.write(
      'model-card.md',
      modelCard({
        backbone,
        classes: folder.classes,
        learned: learnedOf,
        report,
        parameters,
        trainable,
        quarantined: quarantined.length,
        command,
      }),
    );
  } else {
    const [answers, labels] = [
      await answersTo(model, held, judged, data),
      await Promise.all(learned.map(async (index) => (await data.get(index)).label)),
    ];
    const found = {
      task,
      classes: data.classes,
      answers,
      learned: labels,
      report: judgedBy(task, answers, data.classes),
    };
    await run.write(
      'report.html',
      await taskPage({
        title: `${basename(backbone.name)}: ${data.classes.join(', ')}`,
        data: data.root,
        ...found,
        ...shared,
      }),
    );
    await run.write(
      'model-card.md',
      taskCard({ backbone, parameters, trainable, quarantined: quarantined.length, command, ...found }),
    );
  }
  const summary: Summary = {
    model: backbone.name,
    task: task.name,
    classes: data.classes,
    ...(options.targets && { targets: options.targets }),
    ...parameterCounts(model),
    epochs,
    validation,
    ...(folds && { folds }),
    validationAccuracy: validation['accuracy'] ?? null,
    testAccuracy: null,
    trainSeconds: seconds,
    imagesPerSecond: (learned.length * (views + (unfreeze === 0 ? 0 : epochs))) / seconds,
    frozenTensors: frozen.size,
    frozenTensorsChanged,
    preprocessing: backbone.preprocessing,
    cut: backbone.cut,
    seed,
    unfreeze,
    views,
    learningRate,
    batch,
    trainImages: learned.length,
    validationImages: judged.length,
    ignoredFiles: data.ignored,
    quarantined,
    ...(prepared.record.plugins.length && { plugins: prepared.record.plugins }),
    log,
  };
  await run.finish(summary);
  return summary;
}
