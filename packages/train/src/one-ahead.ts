/**
 * What is made of items, in their order, where making one takes time that needs no attention: the next is started before the one before is awaited.
 * @param start begins to make a result; its synchronous part runs one at a time
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
      pending.catch(() => {}); // seen when its turn comes, and not at all after a break
      if (before) yield await before;
    }
    if (pending) yield await pending;
  } finally {
    await pending?.catch(() => {});
  }
}
