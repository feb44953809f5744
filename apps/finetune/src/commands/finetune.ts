import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Reporter } from '../reporter.ts';
import { RunFolder, type Summary } from '../run-folder.ts';
import { runReport } from '../run-report.ts';
import { carryOut } from '../run/carry-out.ts';
import { readConfig } from '../run/read-config.ts';
import { defaultOptions, type RunOptions } from '../run/run-options.ts';

export interface FinetuneOptions extends Partial<RunOptions> {
  /** A file with options; what is given here goes before what it says. */
  readonly config?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Trains a new head, and where asked the backbone, on a folder of images; writes a run folder. */
export async function finetune({ out, json, config, ...given }: FinetuneOptions, reporter: Reporter): Promise<Summary> {
  const options = complete({ ...(config !== undefined && (await readConfig(config))), ...given });
  return RunFolder.fill(out, async (run) => {
    const summary = await carryOut(options, run, reporter);
    console.log(json ? JSON.stringify({ ...summary, folder: run.path }) : runReport(summary, run.path));
    return summary;
  });
}

/** @throws where there is no model or no data */
function complete(given: Partial<RunOptions>): RunOptions {
  const { model, data } = given;
  if (model === undefined || data === undefined) throw new Error(`graft finetune wants ${model === undefined ? '--model <id|file.onnx>' : '--data <folder>'}, or a --config that names it. See graft --help.`);
  return { ...defaultOptions, ...given, model: existsSync(model) ? resolve(model) : model, data: resolve(data) };
}
