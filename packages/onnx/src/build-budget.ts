import type { GraphProto } from './proto/schema.ts';

/** How much larger than in the file all functions and subgraphs may be once they are inlined; see {@link sizeOfBody}. */
const least = 2 ** 18;

/** Limits how much a file can ask for by calls: functions that call others twice grow to 2 ** depth nodes. One budget counts for a whole import. */
export class BuildBudget {
  #left: number;

  /** @param bodies the functions and subgraphs of the file */
  constructor(bodies: Iterable<Body>) {
    this.#left = least;
    for (const body of bodies) this.#left += sizeOfAll(body);
  }

  /** Counts a part before it is built. @param place the node that calls it, in messages @throws if there are too many nodes in all */
  spend(size: number, place: string): void {
    this.#left -= size;
    if (this.#left < 0)
      throw new Error(
        `${place} makes the graph too large once functions and subgraphs are inlined. Do not trust this model, or export it again without nested functions.`,
      );
  }
}

/** A graph or a function. */
type Body = Pick<GraphProto, 'node'>;

/** The cost of a body with the graphs in it. */
const sizeOfAll = (body: Body): number =>
  (body.node ?? []).reduce(
    (sum, { attribute }) => (attribute ?? []).reduce((inner, { g }) => inner + (g ? sizeOfAll(g) : 0), sum),
    sizeOfBody(body),
  );

/** The cost of a graph or function: 4 for each node, 1 for each name and attribute. */
export const sizeOfBody = ({ node }: Body): number =>
  (node ?? []).reduce(
    (sum, { input, output, attribute }) =>
      sum + 4 + (input?.length ?? 0) + (output?.length ?? 0) + (attribute?.length ?? 0),
    1,
  );
