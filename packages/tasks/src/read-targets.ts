import type { Examples, Row } from '@graft/data';

/** The fraction of examples that may have no usable target. */
const mostBroken = 0.5;

/**
 * Reads a target from each example's fields.
 * @param read throws what is wrong, as the rest of a sentence that begins with the example's place
 * @throws where more than half of the examples have none
 */
export function readTargets<T>(
  { list }: Examples,
  read: (fields: Row) => T,
): { readonly targets: readonly (T | undefined)[]; readonly problems: Map<number, string> } {
  const problems = new Map<number, string>();
  const targets = list.map(({ place, fields }, i) => {
    try {
      return read(fields);
    } catch (error) {
      problems.set(i, `${place} ${(error as Error).message}`);
      return undefined;
    }
  });
  if (problems.size > mostBroken * list.length || problems.size === list.length)
    throw new Error(
      `${problems.size} of ${list.length} rows cannot be used. The first: ${[...problems.values()][0]} Repair the rows, or take them out.`,
    );
  return { targets, problems };
}

/** @throws where examples come from class folders and have no columns of their own */
export function expectColumns({ columns, root }: Examples, objective: string, usual: string): void {
  if (columns) return;
  throw new Error(
    `${objective} reads its targets from a table, and "${root}" is a folder. Give a table (.csv or .jsonl) with the columns ${usual}.`,
  );
}
