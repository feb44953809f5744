import { describeRun, finetune as run, type FinetuneResult, type RunOptions, shellWord } from '@graft/finetune';
import { inRunFolder, newRunFolder } from '@graft/finetune/node';
import type { App } from '@graft/plugin';
import { fileStorage } from '@graft/storage/node';
import { commandOf } from '../command-line.ts';
import { withDashboard } from '../dashboard.ts';
import { completeOptions, type GivenOptions } from '../given-options.ts';
import { withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { writeOut } from '../write-out.ts';

export interface FinetuneCommandOptions extends GivenOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Fine-tunes a network on a folder or a table of examples, writes a run folder, and prints a summary. */
export async function finetune({ out, json, ...given }: FinetuneCommandOptions, reporter: Reporter): Promise<void> {
  const options = await completeOptions(given, 'finetune');
  const folder = out ?? newRunFolder();
  await withApp(options, async (app) => {
    const result = await inRunFolder(folder, () =>
      withDashboard(options.dashboard, reporter, fileStorage(folder), titleOf(options), (context) =>
        run(options, {
          app,
          storage: fileStorage(folder),
          reproduce: commandOf(options),
          resume: resumeCommand(folder),
          ...context,
        }),
      ),
    );
    print(app, result, folder, json);
  });
}

/** The command that resumes a run. */
export const resumeCommand = (folder: string): string => `graft resume ${shellWord(fileStorage(folder).location)}`;

/** The title of a run's dashboard. */
export const titleOf = ({ model, data }: Pick<RunOptions, 'model' | 'data'>): string =>
  [model, data].map((path) => path.split(/[/\\]/).at(-1)).join(' on ');

/** Prints the summary of a finished run. */
export function print(app: App, result: FinetuneResult, folder: string, json: boolean | undefined): void {
  const { summary, files } = result;
  if (json) return writeOut(JSON.stringify({ ...summary, folder }));
  writeOut(`\n${describeRun(app, summary)}
files in ${folder}: ${files.toSorted().join(', ')}
next: graft predict --model ${shellWord(folder)} <files…>`);
}
