export interface AheadOptions<T> {
  /** How many results to prepare while one is in use. */
  readonly count: number;
  /** The most bytes that prepared and pending results may hold, each counted as the largest one so far. */
  readonly bytes: number;
  sizeOf(value: T): number;
}

/** The size of the largest result so far; keep it between iterations. */
export interface Largest {
  bytes: number | undefined;
}

/**
 * Prepares results ahead of their use and yields them in the order of their start. `start` returns undefined at the end.
 * At least one result is always pending, however large.
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
      next.catch(() => {}); // thrown when it is awaited below, or ignored after a break
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
