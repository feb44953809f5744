/**
 * A kind for each sample of several labels, so a split can give each part of every kind: the label of it that the fewest samples have. Kinds of too few samples are one.
 * @param targets 0 and 1 for each label
 * @param least samples that a kind must have
 */
export function rarestLabels(targets: readonly ArrayLike<number>[], least: number): Int32Array {
  const labels = targets[0]?.length ?? 0;
  const counts = Array.from({ length: labels }, (_, k) => targets.filter((target) => target[k] === 1).length);
  const kinds = Int32Array.from(targets, (target) => {
    let rarest = labels; // those without any label are a kind, too
    for (let k = 0; k < labels; k++)
      if (target[k] === 1 && (rarest === labels || counts[k]! < counts[rarest]!)) rarest = k;
    return rarest;
  });
  return mergedKinds(kinds, least);
}

/** Which quarter of all numbers each lies in, so a split can give each part of the whole range. @param least samples that a quarter must have */
export function quarters(numbers: readonly number[], least: number): Int32Array {
  const order = numbers.map((_, i) => i).sort((a, b) => numbers[a]! - numbers[b]! || a - b);
  const quarter = new Int32Array(numbers.length);
  for (const [place, i] of order.entries()) quarter[i] = Math.floor((4 * place) / numbers.length);
  return mergedKinds(quarter, least);
}

/** Puts kinds of fewer than `least` members together, with the commonest kind where that is still too few. */
function mergedKinds(kinds: Int32Array, least: number): Int32Array {
  const members = new Map<number, number>();
  for (const kind of kinds) members.set(kind, (members.get(kind) ?? 0) + 1);
  const rare = new Set([...members].filter(([, count]) => count < least).map(([kind]) => kind));
  const inRare = kinds.filter((kind) => rare.has(kind)).length;
  const [commonest] = [...members].reduce((a, b) => (b[1] > a[1] ? b : a), [-1, 0]);
  const into = inRare >= least || members.size === rare.size ? -1 : commonest;
  return kinds.map((kind) => (rare.has(kind) ? into : kind));
}
