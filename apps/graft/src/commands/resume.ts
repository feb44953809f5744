import { resumeRun, RunFiles } from '@graft/finetune';
import { fileStorage } from '@graft/storage/node';
import { commandOf } from '../command-line.ts';
import { withDashboard } from '../dashboard.ts';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { print, resumeCommand, titleOf } from './finetune.ts';

/** Resumes an interrupted run from its folder. The result has the same bits as without the interruption. */
export async function resume(
  path: string,
  { json, dashboard, plugins = [] }: PluginOptions & { json?: boolean; dashboard?: boolean | number },
  reporter: Reporter,
): Promise<void> {
  const storage = fileStorage(path);
  await withApp({ plugins }, async (app) => {
    const begun = await new RunFiles(storage).record().catch(() => undefined); // resuming will report what is wrong
    const title = begun ? titleOf(begun.options) : path;
    const reproduce = begun && commandOf({ ...begun.options, plugins });
    const result = await withDashboard(dashboard ?? begun?.options.dashboard, reporter, storage, title, (context) =>
      resumeRun(
        { app, storage, resume: resumeCommand(path), ...(reproduce !== undefined && { reproduce }), ...context },
        { plugins },
      ),
    );
    print(app, result, path, json);
  });
}
