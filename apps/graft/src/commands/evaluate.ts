import { resolve } from 'node:path';
import type { ReadingOptions } from '@graft/data';
import { readingOf, RunFiles } from '@graft/finetune';
import { fileStorage } from '@graft/storage/node';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { withRun } from '../with-run.ts';
import { writeOut } from '../write-out.ts';

/** Evaluates the model of a run on labelled data, and prints metrics by class, label or target. */
export async function evaluateRun(
  path: string,
  {
    data,
    backend,
    json,
    plugins,
    ...reading
  }: PluginOptions & ReadingOptions & { data: string; backend: string; json?: boolean },
  reporter: Reporter,
): Promise<void> {
  await withRun(path, { backend, ...(plugins && { plugins }) }, reporter, async (run) => {
    const begun = await new RunFiles(fileStorage(path)).record().catch(() => undefined); // only for the warning; runs of earlier versions have none
    const advice = run.summary.validation
      ? 'See report.html for its score on held-out examples.'
      : 'It held out none, so these scores are too optimistic.';
    if (begun && resolve(begun.options.data) === resolve(data))
      reporter.warn(`the run was trained on examples of "${data}". ${advice}`);
    const { json: found, text, quarantined } = await run.evaluate(data, readingOf(reading));
    writeOut(json ? JSON.stringify({ ...found, quarantined }, null, 2) : text);
  });
}
