import { type AnyBatch, Loader, onInput, openExamples, type ReadingOptions } from '@graft/data';
import type { Scope } from '@graft/plugin';
import type { Label } from '@graft/report';
import type { Feed, Modality, Objective } from '@graft/tasks';
import { readExamples } from './example-loader.ts';
import { relabelled } from './relabelled.ts';
import { readingAfter } from './reading-of.ts';
import { openData, type RunData, type RunExample, sourceOptionsOf } from './run-data.ts';
import type { StoredSummary } from './summary.ts';

/** Batches of labelled examples. */
export type LabelledLoader = Loader<
  { readonly input: unknown; readonly label: Label },
  { readonly input: unknown; readonly label: Label },
  AnyBatch
>;

/** Labelled examples in batches, and what was left out of their data. */
export interface LabelledData extends Pick<RunData, 'problems' | 'warnings'> {
  readonly loader: LabelledLoader;
}

/** What labelled data is read with. */
export interface LabelledDataOptions {
  readonly summary: StoredSummary;
  readonly objective: Objective;
  readonly modality: Modality;
  readonly feed: Feed;
  readonly names: readonly string[];
  /** The run's location, for messages. */
  readonly place: string;
  readonly reading?: ReadingOptions | undefined;
}

/** Loads labelled data in batches for a run's model. Labels are converted to the order of the run's names. */
export async function labelledLoader(
  scope: Scope,
  location: unknown,
  options: LabelledDataOptions,
): Promise<LabelledData> {
  const { examples, problems, warnings } = await labelledExamples(scope, location, options);
  // Of data that is divided, only the part that the run has not learned from is evaluated.
  const part = (['test', 'validation'] as const).find((one) => examples.some((example) => example.part === one));
  const evaluated = part === undefined ? examples : examples.filter((example) => example.part === part);
  return { loader: loaderOf(evaluated, options.feed), problems, warnings };
}

/** Opens labelled data as examples whose labels are in the order of the run's names. */
export async function labelledExamples(
  scope: Scope,
  location: unknown,
  { summary, objective, modality, names, place, reading = {} }: Omit<LabelledDataOptions, 'feed'>,
): Promise<Pick<RunData, 'examples' | 'problems' | 'warnings'>> {
  const data = await openTargets(scope, location, { summary, objective, modality, names, reading });
  const examples = relabelled(data, names, { objective, knows: `the run "${place}" only knows`, noun: modality.noun });
  return { examples, problems: data.problems, warnings: data.warnings };
}

/** Loads examples in batches as evaluation does. Those that cannot be read are left out. */
export const loaderOf = (examples: readonly RunExample[], feed: Feed, batchSize = 16): LabelledLoader =>
  new Loader(readExamples({ examples }, feed), {
    batchSize,
    quarantineLimit: 1,
    transform: onInput<unknown, unknown, Label>(feed.evaluation),
    collate: feed.collate,
  });

/** Opens data with the target columns of the run's training data; class folders have none. */
async function openTargets(
  scope: Scope,
  location: unknown,
  {
    summary,
    objective,
    modality,
    names,
    reading,
  }: Pick<LabelledDataOptions, 'summary' | 'objective' | 'modality' | 'names'> & { readonly reading: ReadingOptions },
): ReturnType<typeof openData> {
  const columns = objective.columnsFor(names, summary.targets);
  const open = (some: readonly string[] | undefined, how: ReadingOptions): ReturnType<typeof openData> =>
    openData(scope, location, { modality, objective, columns: some, leastClasses: 1, reading: how });
  if (typeof location !== 'string' || (!columns && !summary.reading)) return open(columns, reading);
  const found = await openExamples(scope, location, { ...sourceOptionsOf(modality, reading), leastClasses: 1 });
  return open(
    found.columns || !objective.exclusive ? columns : undefined,
    readingAfter(summary, reading, found.columns),
  );
}
