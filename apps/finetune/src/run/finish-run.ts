import { accuracy, evaluate, saveCheckpoint } from '@graft/train';
import { changedSince } from '@graft/transfer';
import { exportModel } from '../export-model.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { commandOf } from '../report/command-of.ts';
import { modelCard } from '../report/model-card.ts';
import { factsOf, writeReport } from '../report/write-report.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
import { samplePredictions } from '../sample-predictions.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { Trained } from './run-phases.ts';

/** Judges what was learned, and writes the files of a whole run. */
export async function finishRun({ options, backbone, model, frozen, folder, quarantined, learned, judged, held }: PreparedRun, { log, seconds }: Trained, run: RunFolder, reporter: Reporter): Promise<Summary> {
  const { seed, epochs, batch, learningRate, unfreeze, views } = options;
  const frozenTensorsChanged = (await changedSince(model, frozen)).length;
  const { accuracy: validationAccuracy } = await evaluate(model, held, { metrics: [accuracy()] });
  await reporter.breathe();
  await run.write('model.onnx', exportModel(model, backbone, folder.classes));
  await saveCheckpoint(run.storage, 'checkpoint', { model, state: { seed, epochs } });
  await run.write('predictions.png', await predictionSheet(await samplePredictions(model, held, judged, folder)));
  const { parameters, trainableParameters: trainable } = parameterCounts(model);
  const command = commandOf(options);
  const { page, report } = await writeReport({
    model, backbone, folder, data: options.data, held, judged, quarantined, log, seconds, command,
    facts: factsOf({ backbone, folder, learned: learned.length, judged: judged.length, parameters, trainable, seed }),
  });
  await run.write('report.html', page);
  const learnedOf = folder.classes.map((_, label) => learned.filter((index) => folder.labels[index] === label).length);
  await run.write('model-card.md', modelCard({ backbone, classes: folder.classes, learned: learnedOf, report, parameters, trainable, quarantined: quarantined.length, command }));
  const summary: Summary = {
    model: backbone.name, classes: folder.classes, ...parameterCounts(model), epochs, validationAccuracy: validationAccuracy ?? null, testAccuracy: null, trainSeconds: seconds,
    imagesPerSecond: (learned.length * (views + (unfreeze === 0 ? 0 : epochs))) / seconds, frozenTensors: frozen.size, frozenTensorsChanged,
    preprocessing: backbone.preprocessing, cut: backbone.cut, seed, unfreeze, views, learningRate, batch, trainImages: learned.length, validationImages: judged.length,
    ignoredFiles: folder.ignored, quarantined, log,
  };
  await run.finish(summary);
  return summary;
}
