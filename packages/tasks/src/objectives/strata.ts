/**
 * Strata for multilabel data: the rarest label of each sample. Strata that are too small are merged.
 * @param targets 0 or 1 for each label
 * @param least minimum number of samples in a stratum
 */
export function rarestLabels(targets: readonly ArrayLike<number>[], least: number): Int32Array {
  const labels = targets[0]?.length ?? 0;
  const counts = Array.from({ length: labels }, (_, k) => targets.filter((target) => target[k] === 1).length);
  const strata = Int32Array.from(targets, (target) => {
    let rarest = labels; // samples without labels are a stratum of their own
    for (let k = 0; k < labels; k++)
      if (target[k] === 1 && (rarest === labels || counts[k]! < counts[rarest]!)) rarest = k;
    return rarest;
  });
  return mergeSmall(strata, least);
}

/** Strata for numbers: the quartile of each. Quartiles that are too small are merged. @param least minimum number of samples in a stratum */
export function quarters(numbers: readonly number[], least: number): Int32Array {
  const order = numbers.map((_, i) => i).sort((a, b) => numbers[a]! - numbers[b]! || a - b);
  const quarter = new Int32Array(numbers.length);
  for (const [place, i] of order.entries()) quarter[i] = Math.floor((4 * place) / numbers.length);
  return mergeSmall(quarter, least);
}

/** Merges strata with fewer than `least` samples, and adds them to the largest stratum if they are still too small together. */
function mergeSmall(strata: Int32Array, least: number): Int32Array {
  const sizes = new Map<number, number>();
  for (const stratum of strata) sizes.set(stratum, (sizes.get(stratum) ?? 0) + 1);
  const small = new Set([...sizes].filter(([, size]) => size < least).map(([stratum]) => stratum));
  const inSmall = strata.filter((stratum) => small.has(stratum)).length;
  const [largest] = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a), [-1, 0]);
  const into = inSmall >= least || sizes.size === small.size ? -1 : largest;
  return strata.map((stratum) => (small.has(stratum) ? into : stratum));
}
