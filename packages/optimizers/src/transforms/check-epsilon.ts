/** Refuses what a divisor cannot be kept from 0 with. */
export function checkEpsilon(owner: string, epsilon: number): void {
  if (!(epsilon >= 0 && epsilon < Infinity)) throw new Error(`${owner} wants an epsilon of 0 or more, got ${epsilon}.`);
}
