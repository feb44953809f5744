import { isFloat, observeGradients, type Tensor } from '@graft/tensor';

/** How many answers of an epoch were right as they were learned from. */
export class RightAnswers {
  #inStep = false;
  #right = 0;
  #seen = 0;

  /** Nothing where no answers were classes. */
  get share(): number | undefined {
    return this.#seen ? this.#right / this.#seen : undefined;
  }

  restart(): void {
    [this.#right, this.#seen] = [0, 0];
  }

  during<T>(step: () => T): T {
    this.#inStep = true;
    try {
      return step();
    } finally {
      this.#inStep = false;
    }
  }

  /** Answers, where they belong to a step and their targets are classes. Bare loops: this is done at every step. */
  see(output: Tensor, target: Tensor): void {
    const [batch, classes] = output.shape;
    if (!this.#inStep || output.rank !== 2 || target.rank !== 1 || isFloat(target.dtype)) return;
    const [logits, labels] = [viewOf(output), viewOf(target)];
    if (!logits || !labels) return;
    for (let n = 0; n < batch!; n++) {
      let best = 0;
      for (let k = 1; k < classes!; k++) if (logits[n * classes! + k]! > logits[n * classes! + best]!) best = k;
      if (best === labels[n]!) this.#right++;
    }
    this.#seen += batch!;
  }
}

/** Runs a step; `tell` hears how long the gradient of all that learns is, and how many milliseconds it took to find out. */
export function withNorm<T>(run: () => T, tell: (norm: number, milliseconds: number) => void): T {
  let [squares, milliseconds] = [0, 0];
  const result = observeGradients(run, (_, gradient) => {
    const [started, values] = [performance.now(), viewOf(gradient)];
    if (values) squares += sumOfSquares(values);
    milliseconds += performance.now() - started;
  });
  tell(Math.sqrt(squares), milliseconds);
  return result;
}

/** A loop over a variable of its own: one that a closure shares takes several times as long, and there may be millions. */
function sumOfSquares(values: Float32Array | Int32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** The numbers where they lie, where they can be seen; those of a step are of 32 bits. */
const viewOf = (x: Tensor): Float32Array | Int32Array | undefined =>
  x.backend.view?.(x.data, x) as Float32Array | Int32Array | undefined;
