import type { Examples, Row } from '@graft/data';

/** The largest fraction of examples without a usable target. */
const mostBroken = 0.5;

/**
 * Reads the target of each example.
 * @param read returns the target, or throws an error whose message continues a sentence that starts with the example's place
 * @throws if more than half of the examples have no usable target
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
      `${problems.size} of ${list.length} rows cannot be used. The first: ${[...problems.values()][0]} Fix the rows, or remove them.`,
    );
  return { targets, problems };
}

/** @throws if the option `labelSeparator` is set, for an objective that does not read several labels from a cell */
export function expectNoSeparator({ reading }: Examples, what: string): void {
  if (reading?.labelSeparator !== undefined)
    throw new Error(`The option labelSeparator is for several labels in one column, but ${what}. Remove the option.`);
}

/** @throws if the examples come from class folders, which have no columns */
export function expectColumns({ columns, root }: Examples, objective: string, usual: string): void {
  if (columns) return;
  throw new Error(
    `${objective} reads targets from a table, but "${root}" is a folder. Use a table (.csv or .jsonl) with the columns ${usual}.`,
  );
}
