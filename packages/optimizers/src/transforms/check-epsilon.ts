/** Rejects an epsilon that is negative or not finite. */
export function checkEpsilon(owner: string, epsilon: number): void {
  if (!(epsilon >= 0 && epsilon < Infinity))
    throw new Error(`${owner} expects an epsilon of 0 or more, got ${epsilon}.`);
}
