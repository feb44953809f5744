import { openExamples, type ReadingOptions } from '@graft/data';
import type { Context } from '@graft/plugin';
import type { Modality } from '@graft/tasks';
import { sourceOptionsOf } from './run-data.ts';

/** How data beside the training data is read: like it, but a folder has no columns, and another table may not have the same. */
export async function readingLike(
  context: Context,
  location: unknown,
  modality: Modality,
  reading: ReadingOptions,
): Promise<ReadingOptions> {
  const { followLinks } = reading;
  if (Object.keys(reading).every((name) => name === 'followLinks')) return reading;
  const options = { ...sourceOptionsOf(modality, { followLinks }), unlabelled: true };
  const { columns } = await openExamples(context, location, options);
  if (!columns) return { followLinks };
  const { pathColumn, textColumn, ...others } = reading;
  const has = (column: string | undefined): boolean => column !== undefined && columns.includes(column);
  return { ...others, ...(has(pathColumn) && { pathColumn }), ...(has(textColumn) && { textColumn }) };
}
