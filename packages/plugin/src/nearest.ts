/** Names longer than this are not compared: nobody mistypes them. */
const longest = 256;
/** Maximum number of characters compared in one search; later candidates are not considered. */
const mostCompared = 2 ** 24;

/**
 * The candidate closest to `wanted`, or undefined if none is close (optimal string alignment distance ≤ 1/3 of the length, at least 2). Names of more
 * than 256 characters have no suggestion, and of very many candidates only the first are considered.
 */
export function nearest(wanted: string, candidates: readonly string[]): string | undefined {
  if (wanted.length > longest) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  let compared = 0;
  const lower = wanted.toLowerCase();
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue; // at least that many insertions
    compared += wanted.length * candidate.length;
    if (compared > mostCompared) break;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` Did you mean "linear"?`, or an empty string if no candidate is close. */
export function didYouMean(wanted: string, candidates: readonly string[]): string {
  const near = nearest(wanted, candidates);
  return near === undefined ? '' : ` Did you mean "${near}"?`;
}

/** The optimal string alignment distance: insertions, deletions, substitutions, and swaps of adjacent characters. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, rows[i - 2]![j - 2]! + 1);
      row.push(distance);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
