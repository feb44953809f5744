import type { Reporter } from '../reporter.ts';
import { RunFolder, type Summary } from '../run-folder.ts';
import { runReport } from '../run-report.ts';
import { carryOut } from '../run/carry-out.ts';
import { completeOptions, type GivenOptions } from '../run/given-options.ts';

export interface FinetuneOptions extends GivenOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Trains a new head, and where asked the backbone, on a folder of images; writes a run folder. */
export async function finetune({ out, json, ...given }: FinetuneOptions, reporter: Reporter): Promise<Summary> {
  const options = await completeOptions(given, 'finetune');
  return RunFolder.fill(out, async (run) => {
    const summary = await carryOut(options, run, reporter);
    console.log(json ? JSON.stringify({ ...summary, folder: run.path }) : runReport(summary, run.path));
    return summary;
  });
}
