/** At most this many items of a list, evenly spaced. */
export function evenly<Item>(all: readonly Item[], count: number): Item[] {
  const wanted = Math.min(count, all.length);
  return Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)]!);
}
