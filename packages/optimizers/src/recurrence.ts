/** A sequence defined by a recurrence over steps. The last value is cached; skipping steps recomputes it from the start. */
export function recurrence(start: number, next: (before: number, step: number) => number): (step: number) => number {
  let [at, value] = [-1, start];
  return (step) => {
    if (step < at) [at, value] = [-1, start];
    while (at < step) value = next(value, ++at);
    return value;
  };
}
