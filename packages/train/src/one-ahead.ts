/**
 * Maps items to results in order, starting each item before the previous result is awaited, so device work and reads overlap.
 * @param start starts computing a result; its synchronous part is never run concurrently
 */
export async function* oneAhead<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  start: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  let pending: Promise<Result> | undefined;
  try {
    for await (const item of items) {
      const before = pending;
      pending = start(item);
      pending.catch(() => {}); // awaited in turn, or ignored after a break
      if (before) yield await before;
    }
    if (pending) yield await pending;
  } finally {
    await pending?.catch(() => {});
  }
}
