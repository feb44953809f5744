import type { ReadingOptions } from '@graft/data';
import type { StoredSummary } from './summary.ts';

/** The options of a run that say how its data is read. */
export const readingOptions = [
  'followLinks',
  'pathColumn',
  'pathRoot',
  'textColumn',
  'labelSeparator',
] as const satisfies readonly (keyof ReadingOptions)[];

/** The options of a run that later data of the same kind is read with, too. Links are only followed if the user asks for it again. */
const remembered = ['pathColumn', 'textColumn', 'labelSeparator'] as const satisfies readonly (keyof ReadingOptions)[];

const picked = (options: ReadingOptions, names: readonly (keyof ReadingOptions)[]): ReadingOptions =>
  Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));

/** How data is read, from the options of a run or of another work on it. */
export const readingOf = (options: ReadingOptions): ReadingOptions => picked(options, readingOptions);

/** What a summary records of {@link readingOf}; undefined if there is nothing. */
export function rememberedReading(options: ReadingOptions): ReadingOptions | undefined {
  const found = picked(options, remembered);
  return Object.keys(found).length ? found : undefined;
}

/** How data is read after a run: as asked for, otherwise as its training data, if it has the same columns. @param columns of the data, if it is a table */
export function readingAfter(
  { reading: { pathColumn, textColumn, labelSeparator } = {} }: Pick<StoredSummary, 'reading'>,
  asked: ReadingOptions,
  columns: readonly string[] | undefined,
): ReadingOptions {
  if (!columns) return asked;
  const has = (column: string | undefined): boolean => column !== undefined && columns.includes(column);
  return {
    ...(has(pathColumn) && { pathColumn }),
    ...(has(textColumn) && { textColumn }),
    ...(labelSeparator !== undefined && { labelSeparator }),
    ...asked,
  };
}
