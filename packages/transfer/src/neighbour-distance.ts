import { unitVector } from './unit-vector.ts';

/** Options of {@link NeighbourDistance}. */
export interface NeighbourDistanceOptions {
  /** Which neighbour's distance is the result, from 1; default one for ten examples, as a root: 3 of 100, 10 of 1,000, 50 at most. */
  readonly neighbours?: number;
}

/**
 * How far features are from those of known examples: the cosine distance to the k-th nearest one (Sun et al. 2022, "Out-of-distribution detection with deep nearest neighbors").
 * Features are normalised to length 1, so distances are from 0 to 2.
 */
export class NeighbourDistance {
  readonly neighbours: number;
  readonly #known: readonly Float32Array[];

  /** @param known the features of known examples @throws if there are none, or they differ in length */
  constructor(known: readonly Float32Array[], { neighbours }: NeighbourDistanceOptions = {}) {
    const width = known[0]?.length ?? 0;
    if (!width || known.some(({ length }) => length !== width))
      throw new Error(
        `NeighbourDistance expects features of one length, got ${[...new Set(known.map(({ length }) => length))].join(', ') || 'none'}.`,
      );
    const usual = Math.min(50, Math.max(1, Math.round(Math.sqrt(known.length / 10))));
    this.neighbours = neighbours ?? usual;
    if (!(Number.isInteger(this.neighbours) && this.neighbours >= 1 && this.neighbours <= known.length))
      throw new Error(
        `NeighbourDistance expects "neighbours" to be an integer from 1 to the ${known.length} known examples, got ${this.neighbours}.`,
      );
    this.#known = known.map(unitVector);
  }

  /** The distance of features to the k-th nearest known ones. @throws if they have another length */
  of(features: Float32Array): number {
    if (features.length !== this.#known[0]!.length)
      throw new Error(`Known examples have ${this.#known[0]!.length} features, but this one has ${features.length}.`);
    const given = unitVector(features);
    const nearest: number[] = []; // ascending
    for (const known of this.#known) {
      let product = 0;
      for (let i = 0; i < given.length; i++) product += given[i]! * known[i]!;
      const distance = Math.max(0, 1 - product);
      if (nearest.length === this.neighbours && distance >= nearest.at(-1)!) continue;
      let place = nearest.length;
      while (place > 0 && nearest[place - 1]! > distance) place--;
      nearest.splice(place, 0, distance);
      if (nearest.length > this.neighbours) nearest.pop();
    }
    return nearest.at(-1)!;
  }
}
