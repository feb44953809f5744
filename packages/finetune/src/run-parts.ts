import type { ReadingOptions } from '@graft/data';
import type { Scope } from '@graft/plugin';
import type { Modality, Objective } from '@graft/tasks';
import { openParts } from './open-parts.ts';
import { dividedBy, partsOf } from './parts-of.ts';
import { type RunExample, relativeTo } from './run-data.ts';
import { readingOf } from './reading-of.ts';
import { examplesDigest, type RunRecord } from './run-record.ts';
import type { StoredSummary } from './summary.ts';

/** The examples of a finished run, divided as the run divided them. */
export interface RunParts {
  readonly trained: readonly RunExample[];
  readonly heldOut: readonly RunExample[];
  readonly tested: readonly RunExample[];
}

/**
 * Opens the data of a finished run again, and divides it as the run did.
 * @param location where the data is now
 * @returns undefined if its examples are no longer those of the run
 * @throws if the data cannot be opened
 */
export async function runParts(
  scope: Scope,
  location: unknown,
  {
    record: { options, imagesSha256 },
    summary,
    objective,
    modality,
    reading,
  }: {
    readonly record: RunRecord;
    readonly summary: StoredSummary;
    readonly objective: Objective;
    readonly modality: Modality;
    /** How the data is read, instead of as the run read it. */
    readonly reading?: ReadingOptions | undefined;
  },
): Promise<RunParts | undefined> {
  const { validation, seed, targets, validationData, testData, data: place } = options;
  const data = await openParts(
    scope,
    { data: location, validationData, testData },
    { modality, objective, columns: targets, reading: { ...readingOf(options), ...reading } },
  );
  const unread = new Set(unreadable(summary).flatMap((path) => [path, relativeTo(place, path)]));
  const { examples, names } = data;
  const labelOf = (index: number): RunExample['label'] => examples[index]!.label;
  const indices = examples.flatMap(({ input, name }, index) =>
    unread.has(name) || unread.has(modality.nameOf(input)) ? [] : [index],
  );
  const digest = await examplesDigest(
    names,
    indices.map((index) => examples[index]!),
  );
  if (digest !== imagesSha256) return undefined;
  const { trained, heldOut, tested } = partsOf(indices, {
    partOf: (index) => examples[index]!.part,
    divide: dividedBy(objective, { names, labelOf, validation, seed }),
  });
  const of = (part: readonly number[]): RunExample[] => part.map((index) => examples[index]!);
  return { trained: of(trained), heldOut: of(heldOut), tested: of(tested) };
}

/** The places of examples that the run could not read. The summary may come from someone else. */
function unreadable({ quarantined }: StoredSummary): string[] {
  if (!Array.isArray(quarantined)) return [];
  return quarantined.flatMap((one: unknown) => {
    const path = typeof one === 'object' && one !== null ? (one as { path?: unknown }).path : undefined;
    return typeof path === 'string' ? [path] : [];
  });
}
