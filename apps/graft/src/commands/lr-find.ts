import { describeRate, findRate } from '@graft/finetune';
import { rateChart } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import { completeOptions, type GivenOptions } from '../given-options.ts';
import { withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { writeOut } from '../write-out.ts';

export interface LrFindOptions extends GivenOptions {
  readonly steps: number;
  /** A folder for a plot of the curve. */
  readonly out?: string;
  readonly json?: boolean;
}

/** Tries increasing learning rates with the options of finetune, and prints a suggestion. */
export async function lrFind(
  { steps, out, json, ...given }: LrFindOptions,
  { listen: events, signal }: Reporter,
): Promise<void> {
  const options = await completeOptions(given, 'lr-find');
  await withApp(options, async (app) => {
    const found = await findRate({ ...options, steps }, { app, events, ...(signal && { signal }) });
    if (out !== undefined)
      await fileStorage(out).write(
        'lr-find.svg',
        new TextEncoder().encode(`${rateChart('Loss by learning rate', found.curve, found.valley)}\n`),
      );
    writeOut(json ? JSON.stringify(found) : describeRate(found));
  });
}
