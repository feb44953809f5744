import { observeGradients, type Tensor } from '@graft/tensor';

/**
 * Runs a step and measures the norm of the gradient of all parameters.
 * @param report receives the norm and the milliseconds its computation took. The norm is NaN if the backend cannot expose its memory to the host.
 */
export function withGradientNorm<T>(
  run: () => T,
  now: () => number,
  report: (norm: number, milliseconds: number) => void,
): T {
  let [squares, milliseconds] = [0, 0];
  const result = observeGradients(run, (_, gradient) => {
    const [started, values] = [now(), viewOf(gradient)];
    squares += values ? sumOfSquares(values) : Number.NaN;
    milliseconds += now() - started;
  });
  report(Math.sqrt(squares), milliseconds);
  return result;
}

/** Sums into a local variable, because a variable captured by a closure is several times slower and there may be millions of values. */
function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** The gradient's values without a copy. */
const viewOf = (gradient: Tensor): Float32Array | undefined => {
  const values = gradient.backend.view?.(gradient.data, gradient);
  return values instanceof Float32Array ? values : undefined;
};
