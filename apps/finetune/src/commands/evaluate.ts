import { resolve } from 'node:path';
import { createBackend } from '@graft/graft';
import { onnxOperator } from '@graft/onnx';
import { answering, batchesFor, judged, openAppFor, openFinishedRun } from '../finished-run.ts';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { RunFolder } from '../run-folder.ts';

/** Judges the model of a run by labelled images: class by class, label by label or number by number. */
export async function evaluateRun(
  path: string,
  { data, backend, json, ...plugins }: PluginOptions & { data: string; backend: string; json?: boolean },
  reporter: Reporter,
): Promise<void> {
  const run = await openFinishedRun(path);
  const loader = await batchesFor(run, data);
  const begun = await RunFolder.open(path)
    .record()
    .catch(() => undefined); // not every run has one, and it is not needed
  if (begun && resolve(begun.options.data) === resolve(data))
    reporter.warn(`the run learned from images of "${data}". How right it is on others stands in its report.html.`);
  const app = await openAppFor(run, plugins, reporter);
  try {
    const report = await judged(
      run,
      await answering(run, run.file, await createBackend(app, backend), app.all(onnxOperator)),
      loader,
      reporter,
    );
    console.log(json ? JSON.stringify({ ...report.json, quarantined: loader.quarantined }, null, 2) : report.text);
  } finally {
    await app.dispose();
  }
}
