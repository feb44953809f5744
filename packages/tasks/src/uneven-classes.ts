/** Ratio of the largest to the smallest class from which classes are uneven. */
const unevenFrom = 3;

/** The indices of the smallest and the largest class if the largest has at least three times the examples of the smallest; classes without examples do not count. */
export function unevenClasses(
  counts: readonly number[],
): { readonly least: number; readonly most: number } | undefined {
  const present = [...counts.keys()].filter((k) => counts[k]! > 0);
  if (present.length < 2) return undefined;
  const [least, most] = [
    present.reduce((a, b) => (counts[b]! < counts[a]! ? b : a)),
    present.reduce((a, b) => (counts[b]! > counts[a]! ? b : a)),
  ];
  return counts[most]! >= unevenFrom * counts[least]! ? { least, most } : undefined;
}
