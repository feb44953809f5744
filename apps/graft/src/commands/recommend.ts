import {
  describeRecommendation,
  readingOf,
  recommendModel,
  type RecommendOptions,
  type RunOptions,
} from '@graft/finetune';
import { ownFolder } from '@graft/finetune/node';
import { counted } from '@graft/report';
import { modelCard } from '@graft/zoo';
import { hasModel } from '@graft/zoo/node';
import { commandOf } from '../command-line.ts';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { writeOut } from '../write-out.ts';

export interface RecommendCommandOptions extends PluginOptions, Omit<RecommendOptions, 'models' | 'data'> {
  readonly data: string;
  readonly json?: boolean;
}

/** Compares models on the user's data, and prints a table with the recommended one. @param names default all models whose files are on this machine */
export async function recommend(
  names: readonly string[],
  { json, plugins, ...options }: RecommendCommandOptions,
  { listen: events, signal }: Reporter,
): Promise<void> {
  await withApp({ ...(plugins && { plugins }) }, async (app) => {
    const place = { app, from: [process.cwd(), ownFolder, import.meta.dirname] };
    const [here, elsewhere]: [string[], string[]] = [[], []];
    for (const card of names.length ? [] : app.all(modelCard))
      ((await hasModel(card, place)) ? here : elsewhere).push(card.name);
    const found = await recommendModel(
      { ...options, models: names.length ? names : here.toSorted() },
      { app, events, ...(signal && { signal }) },
    );
    const { objective: _, ...values } = found;
    if (json) return writeOut(JSON.stringify(values, null, 2));
    writeOut(describeRecommendation(found));
    if (elsewhere.length)
      writeOut(
        `${counted(elsewhere.length, 'model')} of graft models list ${elsewhere.length === 1 ? 'is' : 'are'} not on this machine. Download one with graft models pull <name> to compare it, too.`,
      );
    const { data, task, modality, targets } = options;
    writeOut(
      `\n${commandOf({ model: found.recommended.name, data, task, modality, targets, ...readingOf(options), plugins } as Partial<RunOptions>)}`,
    );
  });
}
