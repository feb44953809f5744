const maxPoints = 240;

/** A value over the steps of a run, with a bounded number of points: whenever there are too many, every second one is dropped. */
export class Track {
  readonly steps: number[] = [];
  readonly values: number[] = [];
  #stride = 1;
  #offered = 0;

  /** Whether the next value will be kept; other values need not be computed. Call this once per value. */
  isNext(): boolean {
    return this.#offered++ % this.#stride === 0;
  }

  add(step: number, value: number): void {
    this.steps.push(step);
    this.values.push(value);
    if (this.steps.length < maxPoints) return;
    for (const list of [this.steps, this.values]) list.splice(0, maxPoints, ...list.filter((_, i) => i % 2 === 0));
    this.#stride *= 2;
  }
}
