/** The most values that are kept. */
const most = 240;

/** A number over the steps of a run, in a bounded number of points: whenever there are too many, every second one goes. */
export class Track {
  readonly steps: number[] = [];
  readonly values: number[] = [];
  #stride = 1;
  #offered = 0;

  /** Whether the next value will be kept, so the others need not be computed. Ask once for each value. */
  isNext(): boolean {
    return this.#offered++ % this.#stride === 0;
  }

  add(step: number, value: number): void {
    this.steps.push(step);
    this.values.push(value);
    if (this.steps.length < most) return;
    for (const list of [this.steps, this.values]) list.splice(0, most, ...list.filter((_, i) => i % 2 === 0));
    this.#stride *= 2;
  }
}
