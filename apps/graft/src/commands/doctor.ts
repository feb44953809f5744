import type { ReadingOptions } from '@graft/data';
import { describeDiagnosis, diagnose, type DiagnoseOptions, type Diagnosis } from '@graft/finetune';
import { commandOf } from '../command-line.ts';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { writeOut } from '../write-out.ts';

export interface DoctorOptions
  extends
    PluginOptions,
    ReadingOptions,
    Pick<
      DiagnoseOptions,
      | 'task'
      | 'modality'
      | 'pool'
      | 'targets'
      | 'cut'
      | 'output'
      | 'size'
      | 'resize'
      | 'inputs'
      | 'dequantize'
      | 'batch'
      | 'backend'
    > {
  readonly data?: string;
  readonly json?: boolean;
}

/** Prints whether a network can be fine-tuned, and the expected cost. @returns whether it can be fine-tuned */
export async function doctor(
  model: string,
  { json, plugins, ...options }: DoctorOptions,
  { listen: events, signal, named }: Reporter,
): Promise<boolean> {
  return withApp({ ...(plugins && { plugins }) }, async (app) => {
    const found = await diagnose({ ...options, model }, { app, events, ...(signal && { signal }) });
    const verdict = verdictOf(model, { data: options.data, plugins }, found);
    writeOut(json ? JSON.stringify({ ...found, verdict }, null, 2) : named(`${describeDiagnosis(found)}\n${verdict}`));
    return found.canBeFinetuned;
  });
}

function verdictOf(
  model: string,
  { data, plugins }: { readonly data: string | undefined; readonly plugins: readonly string[] | undefined },
  { diagnosis, obstacle, options }: Diagnosis,
): string {
  if (obstacle !== undefined)
    return `"${model}" cannot be fine-tuned: ${obstacle.replace(`${model}: `, '').replace(`"${model}" `, 'it ')}`;
  const command = commandOf({ model, ...(data !== undefined && { data }), ...options, ...(plugins && { plugins }) });
  const scope = diagnosis.learnsBeforeCut ? '; add --unfreeze all to train the backbone too' : ', but only its head';
  return `"${model}" can be fine-tuned${scope}:\n  ${command}${data === undefined ? ' --data <folder>' : ''}`;
}
