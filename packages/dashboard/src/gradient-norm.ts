import { observeGradients, type Tensor } from '@graft/tensor';

/** Runs a step; `tell` gets the norm of the gradient of all parameters, and the milliseconds that it took to compute. The norm is NaN where the host cannot see the gradients' memory. */
export function withGradientNorm<T>(
  run: () => T,
  now: () => number,
  tell: (norm: number, milliseconds: number) => void,
): T {
  let [squares, milliseconds] = [0, 0];
  const result = observeGradients(run, (_, gradient) => {
    const [started, values] = [now(), viewOf(gradient)];
    squares += values ? sumOfSquares(values) : Number.NaN;
    milliseconds += now() - started;
  });
  tell(Math.sqrt(squares), milliseconds);
  return result;
}

/** A loop over a variable of its own: one that a closure shares takes several times as long, and there may be millions. */
function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** The values where they lie. */
const viewOf = (gradient: Tensor): Float32Array | undefined => {
  const values = gradient.backend.view?.(gradient.data, gradient);
  return values instanceof Float32Array ? values : undefined;
};
