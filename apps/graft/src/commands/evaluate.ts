import { resolve } from 'node:path';
import { openRun, RunFiles } from '@graft/finetune';
import { fileStorage } from '@graft/storage/node';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';

/** Evaluates the model of a run on labelled data: class by class, label by label or number by number. */
export async function evaluateRun(
  path: string,
  { data, backend, json, ...plugins }: PluginOptions & { data: string; backend: string; json?: boolean },
  { listen: events, signal, warn }: Reporter,
): Promise<void> {
  const storage = fileStorage(path);
  await withApp(plugins, async (app) => {
    const run = await openRun(storage, { app, events, backend, ...(signal && { signal }) });
    const begun = await new RunFiles(storage).record().catch(() => undefined); // not every run has one, and it is not needed
    if (begun && resolve(begun.options.data) === resolve(data))
      warn(`the run was trained on examples of "${data}". See report.html for its held-out accuracy.`);
    const { json: found, text, quarantined } = await run.evaluate(data);
    console.log(json ? JSON.stringify({ ...found, quarantined }, null, 2) : text);
  });
}
