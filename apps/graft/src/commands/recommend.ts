import { type Recommendation, recommendModel, type RecommendOptions } from '@graft/finetune';
import { ownFolder } from '@graft/finetune/node';
import { counted, shortNumber, textTable } from '@graft/report';
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
    writeOut(json ? JSON.stringify(values, null, 2) : describe(found, { ...options, plugins, elsewhere }));
  });
}

/** 3.41M, 813K */
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

function describe(
  { objective, noun, examples, folds, models, recommended, rejected }: Recommendation,
  {
    data,
    task,
    plugins,
    elsewhere,
  }: Pick<RecommendCommandOptions, 'data' | 'task'> & {
    readonly plugins: readonly string[] | undefined;
    readonly elsewhere: readonly string[];
  },
): string {
  const { score, titles } = objective;
  const rows = models.map((model) => [
    model.name,
    `${objective.show(score, model.score)} ± ${objective.show(score, model.deviation)}`,
    shortNumber(model.perSecond),
    model.features.toLocaleString('en'),
    compact.format(model.parameters),
    model === recommended ? '← recommended' : '',
  ]);
  const command = commandOf({
    model: recommended.name,
    data,
    ...(task !== undefined && { task }),
    ...(plugins && { plugins }),
  });
  return [
    textTable(['model', titles[score]!, `${noun}/s`, 'features', 'parameters', ''], rows),
    '',
    `Mean and standard deviation over ${folds} folds of ${examples} ${noun}: a new head on frozen features. Of models within one standard error of the best, the fastest is recommended.`,
    ...rejected.map(({ name, reason }) => `Not measured: ${name}: ${reason}`),
    ...(elsewhere.length
      ? [
          `${counted(elsewhere.length, 'model')} of graft models list ${elsewhere.length === 1 ? 'is' : 'are'} not on this machine. Download one with graft models pull <name> to compare it, too.`,
        ]
      : []),
    '',
    command,
  ].join('\n');
}
