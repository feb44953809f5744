import { findRate } from '@graft/finetune';
import { rateChart, textTable } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import type { FoundLearningRate } from '@graft/train';
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
    writeOut(json ? JSON.stringify(found) : describe(found));
  });
}

/** A table of about fifteen rates with bars for the loss, and the suggestion. */
function describe({ curve, valley, steepest }: FoundLearningRate): string {
  const every = Math.max(1, Math.ceil(curve.length / 15));
  const greatest = Math.max(...curve.map(({ loss }) => loss));
  const rows = curve
    .filter((_, i) => i % every === 0)
    .map(({ learningRate, loss }) => [
      learningRate.toExponential(1),
      loss.toFixed(4),
      '█'.repeat(Math.max(1, Math.round((30 * loss) / greatest))),
    ]);
  const suggestion =
    valley === undefined
      ? 'The loss never decreases, so there is no suggestion. Check the data, or try more --steps.'
      : `The loss decreases fastest at ${steepest?.toPrecision(2) ?? '–'}. Suggested: --learning-rate ${Number(valley.toPrecision(2))}`;
  return `${textTable(['learning rate', 'loss', ''], rows)}\n\n${suggestion}`;
}
