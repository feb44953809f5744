import type { ReadingOptions } from '@graft/data';
import { namedInputs } from '@graft/finetune/node';
import { csv, textTable } from '@graft/report';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { withRun } from '../with-run.ts';
import { writeOut } from '../write-out.ts';

export interface PredictCommandOptions extends PluginOptions, ReadingOptions {
  /** The run folder. */
  readonly model: string;
  /** Texts to predict, beside those in files. */
  readonly text?: readonly string[];
  readonly top: number;
  readonly tta?: number;
  readonly backend: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/**
 * Runs a fine-tuned model on files and prints the predictions. Unreadable files are reported and skipped.
 * @param named files, folders, tables, and `-` for a list on stdin
 * @returns whether all files could be read
 */
export async function predict(
  named: readonly string[],
  {
    model: path,
    text: texts = [],
    top,
    tta = 1,
    backend,
    json,
    csv: asCsv,
    plugins,
    ...reading
  }: PredictCommandOptions,
  reporter: Reporter,
): Promise<boolean> {
  if (json && asCsv) throw new Error('--json and --csv cannot be combined. Give one of them.');
  return withRun(path, { backend, ...(plugins && { plugins }) }, reporter, async (run, app) => {
    const { names, objective, modality } = run;
    const files = named.length || !texts.length ? await namedInputs(app, run, named, reading) : [];
    const inputs = [...files.map(({ input }) => input), ...texts];
    const predictions = await run.predict(inputs, { top, views: tta });
    const shown = [...files.map(({ name }) => name), ...texts];
    const rows = predictions.map((prediction, i) => ({ ...prediction, file: shown[i]! }));
    for (const { error } of rows) if (error !== undefined) reporter.warn(error);
    const made = rows.filter(({ error }) => error === undefined);
    const one = modality.noun[0];
    if (json)
      writeOut(
        JSON.stringify(
          rows.map(({ file, error, json: found }) =>
            error === undefined ? { [one]: file, ...found } : { [one]: file, error },
          ),
        ),
      );
    else if (asCsv)
      writeOut(
        csv(
          [one, 'prediction', ...names, 'error'],
          rows.map(({ file, text = '', values, error = '' }) => [
            file,
            text,
            ...names.map((_, k) => (values ? String(values[k]) : '')),
            error,
          ]),
        ),
      );
    else if (made.length)
      writeOut(
        textTable(
          [one, ...objective.columns],
          made.map(({ file, row }) => [file, ...row!]),
        ),
      );
    return made.length === rows.length;
  });
}
