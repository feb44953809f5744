import { add, concat, full, gather, integers, maximum, minimum, mul, type Tensor } from '@graft/tensor';

const reductions: Readonly<Record<string, { readonly join: (a: Tensor, b: Tensor) => Tensor; readonly idle?: number }>> = {
  add: { join: add, idle: 0 }, mul: { join: mul, idle: 1 }, max: { join: maximum }, min: { join: minimum },
};

/**
 * Rows replaced by updates, or joined with them.
 * @param offsets which row each update is for; several may be for one
 */
export function scattered(rows: Tensor, offsets: readonly number[], updates: Tensor, reduction: string): Tensor {
  const count = rows.shape[0]!;
  const own = Array.from({ length: count }, (_, i) => i);
  if (reduction === 'none') {
    // The result is gathered from both, one below the other.
    offsets.forEach((offset, i) => (own[offset] = count + i));
    return gather(concat([rows, updates], 0), integers(own));
  }
  const known = reductions[reduction];
  if (!known) throw new Error(`reduction "${reduction}" is not known.`);
  // One round for the first update of each row, one for the second, and so on.
  const rounds: Map<number, number>[] = [];
  const seen = new Map<number, number>();
  offsets.forEach((offset, i) => {
    const round = seen.get(offset) ?? 0;
    seen.set(offset, round + 1);
    (rounds[round] ??= new Map()).set(offset, i);
  });
  const idle = known.idle === undefined ? rows : full([1, ...rows.shape.slice(1)], known.idle, rows);
  const others = (i: number): number => updates.shape[0]! + (known.idle === undefined ? i : 0);
  return rounds.reduce((result, round) => known.join(result, gather(concat([updates, idle], 0), integers(own.map((i) => round.get(i) ?? others(i))))), rows);
}
