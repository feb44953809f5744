import { Random } from '@graft/tensor';
import { shuffledClasses } from './split.ts';

/**
 * Draws up to `count` samples, as equally from the classes as their sizes allow. With more classes than `count`, the classes are drawn at random, too.
 * @param labels the class or stratum of each sample
 * @returns the indices of the samples, sorted
 * @throws if `count` is not a positive integer
 */
export function stratifiedSample(
  labels: ArrayLike<number>,
  { count, seed }: { readonly count: number; readonly seed: number },
): number[] {
  if (!(Number.isInteger(count) && count >= 1))
    throw new Error(`stratifiedSample expects "count" to be an integer of at least 1, got ${count}.`);
  const random = new Random(seed).fork('sample');
  let classes = [...shuffledClasses(labels, random).values()];
  random.fork('classes').shuffle(classes);
  const drawn: number[] = [];
  for (let turn = 0; classes.length && drawn.length < count; turn++) {
    for (const members of classes.slice(0, count - drawn.length)) drawn.push(members[turn]!);
    classes = classes.filter((members) => members.length > turn + 1);
  }
  return drawn.sort((a, b) => a - b);
}
