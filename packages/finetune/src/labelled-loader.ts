import { type AnyBatch, Loader, onInput, openExamples } from '@graft/data';
import { GraftError, type Scope } from '@graft/plugin';
import type { Label } from '@graft/report';
import type { Feed, Modality, Objective } from '@graft/tasks';
import { readExamples } from './example-loader.ts';
import { openData } from './run-data.ts';
import type { StoredSummary } from './summary.ts';

/** Batches of labelled examples. */
export type LabelledLoader = Loader<
  { readonly input: unknown; readonly label: Label },
  { readonly input: unknown; readonly label: Label },
  AnyBatch
>;

/** Loads labelled data in batches for a run's model. Labels are converted to the order of the run's names. */
export async function labelledLoader(
  scope: Scope,
  location: unknown,
  {
    summary,
    objective,
    modality,
    feed,
    names,
    place,
  }: {
    readonly summary: StoredSummary;
    readonly objective: Objective;
    readonly modality: Modality;
    readonly feed: Feed;
    readonly names: readonly string[];
    readonly place: string;
  },
): Promise<LabelledLoader> {
  const data = await openTargets(scope, location, { summary, objective, modality, names });
  const indices = new Map(names.map((name, k) => [name, k]));
  const unknown = data.names.find((name) => !indices.has(name));
  if (unknown !== undefined)
    throw new GraftError(
      `"${data.location}" has the ${objective.noun[0]} "${unknown}", but the run "${place}" only knows ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}. Use ${modality.noun[1]} of its ${objective.noun[1]}.`,
      { code: 'data.names', place: data.location },
    );
  const places = data.names.map((name) => indices.get(name)!);
  const placed = (label: Label): Label => {
    if (typeof label === 'number') return places[label]!;
    const numbers = new Float32Array(names.length);
    for (const [k, value] of label.entries()) numbers[places[k]!] = value;
    return numbers;
  };
  const relabelled = { examples: data.examples.map((example) => ({ ...example, label: placed(example.label) })) };
  return new Loader(readExamples(relabelled, feed), {
    batchSize: 16,
    quarantineLimit: 1,
    transform: onInput<unknown, unknown, Label>(feed.evaluation),
    collate: feed.collate,
  });
}

/** Opens data with the target columns of the run's training data; class folders have none. */
async function openTargets(
  scope: Scope,
  location: unknown,
  {
    summary,
    objective,
    modality,
    names,
  }: {
    readonly summary: StoredSummary;
    readonly objective: Objective;
    readonly modality: Modality;
    readonly names: readonly string[];
  },
): ReturnType<typeof openData> {
  const columns = objective.columnsFor(names, summary.targets);
  const open = (some: readonly string[] | undefined): ReturnType<typeof openData> =>
    openData(scope, location, { modality, objective, columns: some });
  if (!columns || typeof location !== 'string') return open(columns);
  const found = await openExamples(scope, location, { extensions: modality.extensions, noun: modality.noun[1] });
  return open(found.columns || !objective.exclusive ? columns : undefined);
}
