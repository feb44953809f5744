import { openExamples, type ReadingOptions } from '@graft/data';
import { type Context, withCode } from '@graft/plugin';
import type { Modality, Objective } from '@graft/tasks';
import { readingLike } from './reading-like.ts';
import { relativeTo, type RunExample, sourceOptionsOf } from './run-data.ts';

/**
 * Opens examples of nothing that a run knows, to measure how many are refused. Their folders and labels are ignored.
 * @throws if the data cannot be opened, or has no examples
 */
export function openUnknownData(
  context: Context,
  location: unknown,
  {
    modality,
    objective,
    reading = {},
  }: { readonly modality: Modality; readonly objective: Objective; readonly reading?: ReadingOptions },
): Promise<readonly RunExample[]> {
  const where = typeof location === 'string' ? location : 'the unknown data';
  return withCode('data.open', where, async () => {
    const how = await readingLike(context, location, modality, reading);
    const found = await openExamples(context, location, { ...sourceOptionsOf(modality, how), unlabelled: true });
    const label = objective.exclusive ? 0 : new Float32Array();
    const examples = found.list.flatMap((example): RunExample[] => {
      try {
        const input = modality.inputOf(example, found);
        return [{ input, label, name: relativeTo(found.root, modality.nameOf(input)) }];
      } catch {
        return []; // a row without an input
      }
    });
    if (!examples.length)
      throw new Error(
        `"${where}" has no ${modality.noun[1]}. Give ${modality.noun[1]} that belong to none of the ${objective.noun[1]}.`,
      );
    return examples;
  });
}
