/** The largest difference as a fraction of the largest value. */
export function relativeDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [difference, greatest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(got[i]! - wanted[i]!));
    greatest = Math.max(greatest, Math.abs(wanted[i]!));
  }
  return got.length === wanted.length ? difference / greatest : Number.NaN;
}
