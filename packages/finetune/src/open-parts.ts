import type { DataPart } from '@graft/data';
import { type Context, GraftError } from '@graft/plugin';
import { readingLike } from './reading-like.ts';
import { relabelled } from './relabelled.ts';
import { openData, type RunData } from './run-data.ts';

/** Where the examples of a run are. */
export interface DataLocations {
  readonly data: unknown;
  readonly validationData?: unknown;
  readonly testData?: unknown;
}

/** Opens the data of a run, with separate data for validation and test as parts of it. @throws if data is divided twice, or has names that the training data lacks */
export async function openParts(
  context: Context,
  { data: location, validationData, testData }: DataLocations,
  options: Parameters<typeof openData>[2],
): Promise<RunData> {
  const { objective, modality } = options;
  const data = await openData(context, location, options);
  let whole = data;
  for (const [part, other, option] of [
    ['validation', validationData, 'validationData'],
    ['test', testData, 'testData'],
  ] as const) {
    if (other === undefined) continue;
    if (data.examples.some((example) => example.part === part))
      throw new GraftError(
        `"${data.location}" has a ${part} part of its own, but the option ${option} is set, too. Remove one of them.`,
        { code: 'options.value', place: option },
      );
    const reading = await readingLike(context, other, modality, options.reading ?? {});
    const opened = await openData(context, other, { ...options, leastClasses: 1, reading });
    const knows = `the training data "${data.location}" only has`;
    const examples = relabelled(opened, data.names, { objective, knows, noun: modality.noun });
    whole = merged(whole, { ...opened, examples }, part);
  }
  return whole;
}

/** Adds the examples of other data as a part. Their names start with its location, because names within it may be the same. */
const merged = (data: RunData, other: RunData, part: DataPart): RunData => ({
  ...data,
  examples: [
    ...data.examples,
    ...other.examples.map((example) => ({ ...example, name: `${other.location}/${example.name}`, part })),
  ],
  ignored: [...data.ignored, ...other.ignored],
  problems: [...data.problems, ...other.problems],
  warnings: [...new Set([...data.warnings, ...other.warnings])],
});
