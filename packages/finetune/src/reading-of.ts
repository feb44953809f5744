import type { ReadingOptions } from '@graft/data';

/** The options of a run that say how its data is read. */
export const readingOptions = ['followLinks'] as const satisfies readonly (keyof ReadingOptions)[];

/** How data is read, from the options of a run or of another work on it. */
export const readingOf = (options: ReadingOptions): ReadingOptions =>
  Object.fromEntries(readingOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
