export interface AheadOptions<T> {
  /** How many results may wait while one is in use. */
  readonly count: number;
  /** How many bytes those that wait and are under way may hold, each counted as the largest that was seen. */
  readonly bytes: number;
  sizeOf(value: T): number;
}

/** Remembers, from one walk to the next, how large results are. */
export interface Largest {
  bytes: number | undefined;
}

/**
 * Results in the order of their start, made ahead of who takes them. `start` gives undefined where there is nothing more.
 * One is always under way, however large.
 */
export async function* ahead<T>(
  start: () => Promise<T | undefined>,
  { count, bytes, sizeOf }: AheadOptions<T>,
  largest: Largest,
): AsyncGenerator<T, void, undefined> {
  const waiting: Promise<T | undefined>[] = [];
  const fits = (): boolean =>
    waiting.length === 0 ||
    bytes === Infinity ||
    (largest.bytes !== undefined && (waiting.length + 1) * largest.bytes <= bytes);
  const fill = (most: number): void => {
    while (waiting.length < most && fits()) {
      const next = start();
      next.catch(() => {}); // seen when its turn comes, and not at all after a break
      waiting.push(next);
    }
  };
  for (;;) {
    fill(count + 1);
    const value = await waiting.shift()!;
    if (value === undefined) return;
    largest.bytes = Math.max(largest.bytes ?? 0, sizeOf(value));
    fill(count);
    yield value;
  }
}
