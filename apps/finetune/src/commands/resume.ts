import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { RunFolder, type Summary } from '../run-folder.ts';
import { runReport } from '../run-report.ts';
import { carryOut } from '../run/carry-out.ts';

/** Goes on with a run that was ended before its time, from what its folder holds. It ends in the bits that it would have had. */
export async function resume(
  path: string,
  { json, dashboard, plugins = [] }: PluginOptions & { json?: boolean; dashboard?: boolean | number },
  reporter: Reporter,
): Promise<Summary> {
  return RunFolder.resume(path, async (run) => {
    const begun = await run.record();
    const summary = await carryOut(
      { ...begun.options, plugins, ...(dashboard !== undefined && { dashboard }) },
      run,
      reporter,
      begun,
    );
    console.log(json ? JSON.stringify({ ...summary, folder: run.path }) : runReport(summary, run.path));
    return summary;
  });
}
