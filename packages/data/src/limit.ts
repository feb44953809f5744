/** Returns a function that runs at most `most` functions at the same time; others wait in order. */
export function limit(most: number): <T>(run: () => T | Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift(); // takes over this slot
      if (next) next();
      else running--;
    }
  };
}
