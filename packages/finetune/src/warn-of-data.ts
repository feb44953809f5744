import type { RunData } from './run-data.ts';

/** Warns of the rows that data leaves out, and of what it says about itself as a whole. */
export function warnOfData(
  { problems, warnings }: Pick<RunData, 'problems' | 'warnings'>,
  warn: (message: string, source: string) => void,
): void {
  for (const { reason } of problems) warn(`left out a row: ${reason}`, 'data');
  for (const sentence of warnings) warn(sentence, 'data');
}
