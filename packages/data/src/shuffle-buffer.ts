import type { Random } from '@graft/tensor';

/**
 * Shuffles a stream within a window: `size` items are held, and each that arrives takes the place of one that goes out. Items far
 * apart stay in order, so a stream that is sorted by class wants a size above that of a class.
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
