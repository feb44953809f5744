import { imageFolder } from '@graft/data/node';
import { createBackend, createGraft } from '@graft/graft';
import { onnxOperator } from '@graft/onnx';
import { classReport, describeClassReport } from '@graft/train';
import { answering, batchesFor, confusionOf, openFinishedRun } from '../finished-run.ts';
import type { Reporter } from '../reporter.ts';

/** Judges the model of a run by a folder of images, class by class. */
export async function evaluateRun(path: string, { data, backend, json }: { data: string; backend: string; json?: boolean }, reporter: Reporter): Promise<void> {
  const run = await openFinishedRun(path);
  const loader = batchesFor(run, await imageFolder(data));
  const app = await createGraft({ modelsFrom: [] });
  try {
    const report = classReport(await confusionOf(answering(run, run.file, await createBackend(app, backend), app.all(onnxOperator)), loader, run.classes.length, reporter), run.classes);
    console.log(json ? JSON.stringify({ ...report, quarantined: loader.quarantined }, null, 2) : describeClassReport(report));
  } finally {
    await app.dispose();
  }
}
