import type { Random } from '@graft/tensor';

/**
 * Shuffles a stream with a buffer of `size` items: each new item replaces a random one, which is yielded. Items that are far apart stay
 * in order, so a stream sorted by class needs a buffer larger than a class.
 */
export async function* shuffleBuffer<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size: number,
  random: Random,
): AsyncGenerator<T, void, undefined> {
  const held: T[] = [];
  for await (const item of items) {
    if (held.length < size) {
      held.push(item);
      continue;
    }
    const place = random.int(size);
    yield held[place]!;
    held[place] = item;
  }
  for (; held.length > 0; held.pop()) {
    const place = random.int(held.length);
    yield held[place]!;
    held[place] = held.at(-1)!;
  }
}
