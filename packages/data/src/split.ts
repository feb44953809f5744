import { Random } from '@graft/tensor';

/** Sizes below 1 are fractions of all samples; 1 and above are numbers of samples. */
export interface SplitOptions {
  readonly validation?: number;
  readonly test?: number;
  readonly seed: number;
  /** Class names, for messages. */
  readonly classes?: readonly string[];
}

/** The sample indices of each part, sorted. The parts are disjoint. */
export interface Split {
  readonly train: number[];
  readonly validation: number[];
  readonly test: number[];
}

/**
 * Splits samples stratified by class: every part has the same class proportions, and at least one sample of each class.
 * @param labels the class of each sample
 * @throws if a class has fewer samples than there are parts, or no samples are left for training
 */
export function split(labels: ArrayLike<number>, { validation = 0, test = 0, seed, classes }: SplitOptions): Split {
  const total = labels.length;
  const sizes = { validation: partSize('validation', validation, total), test: partSize('test', test, total) };
  if (sizes.validation + sizes.test >= total)
    throw new Error(
      `With ${sizes.validation} of ${total} samples for validation and ${sizes.test} for test, none are left for training. Reduce their sizes.`,
    );
  const byClass = shuffledClasses(labels, new Random(seed).fork('split'));
  const parts = (['train', 'validation', 'test'] as const).filter((part) => part === 'train' || sizes[part] > 0);
  for (const [label, members] of byClass)
    if (members.length < parts.length)
      throw new Error(
        `Class ${className(label, classes)} has ${members.length} sample${members.length === 1 ? '' : 's'}, but each of ${parts.join(', ')} needs one. Add samples, or remove the class.`,
      );

  const counts = [...byClass.values()].map((members) => members.length);
  const inTest = shares(counts, sizes.test, parts.length - 1);
  const inValidation = shares(
    counts.map((count, i) => count - inTest[i]!),
    sizes.validation,
    1,
  );
  const result: Split = { train: [], validation: [], test: [] };
  [...byClass.values()].forEach((members, i) => {
    result.test.push(...members.slice(0, inTest[i]));
    result.validation.push(...members.slice(inTest[i], inTest[i]! + inValidation[i]!));
    result.train.push(...members.slice(inTest[i]! + inValidation[i]!));
  });
  for (const part of Object.values(result) as number[][]) part.sort((a, b) => a - b);
  return result;
}

/**
 * Picks the same number of samples from each class, for few-shot training.
 * @throws if a class has fewer samples
 */
export function pickPerClass(
  labels: ArrayLike<number>,
  { perClass, seed, classes }: { perClass: number; seed: number; classes?: readonly string[] },
): { picked: number[]; rest: number[] } {
  const picked: number[] = [];
  const rest: number[] = [];
  for (const [label, members] of shuffledClasses(labels, new Random(seed).fork('pick'))) {
    if (members.length < perClass)
      throw new Error(
        `Class ${className(label, classes)} has ${members.length} samples, but perClass is ${perClass}. Reduce perClass, or add samples.`,
      );
    picked.push(...members.slice(0, perClass));
    rest.push(...members.slice(perClass));
  }
  return { picked: picked.sort((a, b) => a - b), rest: rest.sort((a, b) => a - b) };
}

/**
 * Splits samples into `folds` parts, stratified by class. Each fold uses one part for validation and the others for training.
 * @throws if a class has fewer samples than there are folds
 */
export function kFold(
  labels: ArrayLike<number>,
  { folds, seed, classes }: { folds: number; seed: number; classes?: readonly string[] },
): { train: number[]; validation: number[] }[] {
  if (!Number.isInteger(folds) || folds < 2) throw new Error(`Cross-validation expects 2 folds or more, got ${folds}.`);
  const foldOf = new Int32Array(labels.length);
  let next = 0; // not reset for each class: the sizes of folds differ by at most one
  for (const [label, members] of shuffledClasses(labels, new Random(seed).fork('folds'))) {
    if (members.length < folds)
      throw new Error(
        `Class ${className(label, classes)} has ${members.length} samples, but ${folds} folds need one each. Use fewer folds, or add samples.`,
      );
    for (const index of members) foldOf[index] = next++ % folds;
  }
  const all = Array.from(foldOf, (_, i) => i);
  return Array.from({ length: folds }, (_, fold) => ({
    train: all.filter((i) => foldOf[i] !== fold),
    validation: all.filter((i) => foldOf[i] === fold),
  }));
}

/** The samples of each class in random order, with classes sorted by label. */
export function shuffledClasses(labels: ArrayLike<number>, random: Random): Map<number, number[]> {
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const members = byClass.get(labels[i]!);
    if (members) members.push(i);
    else byClass.set(labels[i]!, [i]);
  }
  const sorted = [...byClass].sort(([a], [b]) => a - b);
  for (const [label, members] of sorted) random.fork(label).shuffle(members);
  return new Map(sorted);
}

/** Distributes `size` over classes by the largest remainder method: at least one each, and `spare` samples remain in each. */
function shares(counts: readonly number[], size: number, spare: number): number[] {
  if (size === 0) return counts.map(() => 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * size) / total);
  const dealt = exact.map((share, i) => Math.min(Math.max(1, Math.floor(share)), counts[i]! - spare));
  let left = size - dealt.reduce((sum, count) => sum + count, 0);
  const step = Math.sign(left);
  // The class that deserves a step most is at the top: with many classes, a search for each step would take too long.
  const missing = (i: number): number => step * (exact[i]! - dealt[i]!);
  const isBefore = (a: number, b: number): boolean => missing(a) > missing(b) || (missing(a) === missing(b) && a < b);
  const isAble = (i: number): boolean => (step > 0 ? dealt[i]! < counts[i]! - spare : dealt[i]! > 1);
  const heap = counts.map((_, i) => i).filter(isAble);
  for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at--) sink(heap, at, isBefore);
  for (; left !== 0 && heap.length; left -= step) {
    const top = heap[0]!;
    dealt[top]! += step;
    if (!isAble(top)) {
      const last = heap.pop()!;
      if (heap.length) heap[0] = last;
    }
    sink(heap, 0, isBefore);
  }
  return dealt; // as close as one sample per class allows
}

/** Moves an element of a binary heap down to its place. */
function sink(heap: number[], from: number, isBefore: (a: number, b: number) => boolean): void {
  for (let at = from; ;) {
    let first = at;
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && isBefore(heap[child]!, heap[first]!)) first = child;
    if (first === at) return;
    [heap[at], heap[first]] = [heap[first]!, heap[at]!];
    at = first;
  }
}

function partSize(name: string, size: number, total: number): number {
  if (!(size >= 0) || (size >= 1 && !Number.isInteger(size)))
    throw new Error(
      `The size of the ${name} set must be a fraction below 1 or an integer number of samples, got ${size}.`,
    );
  return size < 1 ? Math.round(size * total) || (size > 0 ? 1 : 0) : size;
}

const className = (label: number, classes: readonly string[] | undefined): string =>
  classes?.[label] === undefined ? `${label}` : `"${classes[label]}"`;
