import { createBackend } from '@graft/graft';
import { onnxOperator } from '@graft/onnx';
import { answering, batchesFor, judged, openAppFor, openFinishedRun } from '../finished-run.ts';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';

/** Judges the model of a run by labelled images: class by class, label by label or number by number. */
export async function evaluateRun(path: string, { data, backend, json, ...plugins }: PluginOptions & { data: string; backend: string; json?: boolean }, reporter: Reporter): Promise<void> {
  const run = await openFinishedRun(path);
  const loader = await batchesFor(run, data);
  const app = await openAppFor(run, plugins, reporter);
  try {
    const report = await judged(run, answering(run, run.file, await createBackend(app, backend), app.all(onnxOperator)), loader, reporter);
    console.log(json ? JSON.stringify({ ...report.json, quarantined: loader.quarantined }, null, 2) : report.text);
  } finally {
    await app.dispose();
  }
}
