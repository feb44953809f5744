import type { GraphProto } from './proto/schema.ts';

/** Maximum size of all functions and subgraphs once they are inlined; see {@link sizeOfBody}. */
const most = 2 ** 18;

/** Limits how much a file can ask for by calls: functions that call others twice grow to 2 ** depth nodes. One budget counts for a whole import. */
export class BuildBudget {
  #spent = 0;

  /** Counts a part before it is built. @param place the node that calls it, in messages @throws if there are too many nodes in all */
  spend(size: number, place: string): void {
    this.#spent += size;
    if (this.#spent > most)
      throw new Error(
        `${place} calls functions that become too large when they are inlined. Do not trust this model, or export it again without nested functions.`,
      );
  }
}

/** The cost of a graph or function: 4 for each node, 1 for each name and attribute. */
export const sizeOfBody = ({ node = [] }: Pick<GraphProto, 'node'>): number =>
  (node ?? []).reduce(
    (sum, { input, output, attribute }) =>
      sum + 4 + (input?.length ?? 0) + (output?.length ?? 0) + (attribute?.length ?? 0),
    1,
  );
