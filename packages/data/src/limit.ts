/** Lets at most `most` of the functions given to it run at the same time; the rest wait in order. */
export function limit(most: number): <T>(run: () => T | Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift(); // the place passes on
      if (next) next();
      else running--;
    }
  };
}
