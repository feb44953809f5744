/** A number that follows from that of the step before: the last one is remembered, and all are computed anew where steps are skipped. */
export function recurrence(start: number, next: (before: number, step: number) => number): (step: number) => number {
  let [at, value] = [-1, start];
  return (step) => {
    if (step < at) [at, value] = [-1, start];
    while (at < step) value = next(value, ++at);
    return value;
  };
}
