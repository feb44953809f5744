import { valueAndGrad } from './autograd.ts';
import { tensor } from './create.ts';
import { mul } from './ops/arithmetic.ts';
import { sum } from './ops/reduction.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** Options of {@link checkGradient}. */
export interface GradientTolerance {
  /** Step size of the central difference. */
  readonly step?: number;
  /** Tolerance, relative to gradients above 1. */
  readonly tolerance?: number;
  /** Name of the function in errors. */
  readonly name?: string;
}

/**
 * Checks gradients against central finite differences, for the sum of the function's elements times fixed weights.
 * @param fn a deterministic function of float64 tensors
 * @throws if a gradient differs by more than `tolerance`; the error names the input and the element
 */
export function checkGradient(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { step = 1e-5, tolerance = 1e-6, name = 'The' }: GradientTolerance = {},
): void {
  for (const [k, { dtype }] of inputs.entries())
    if (dtype !== 'float64')
      throw new Error(
        `checkGradient expects float64 tensors, because a step of ${step} needs their precision, got ${dtype} as input ${k}. Make it with { dtype: 'float64' }.`,
      );
  scope(() => {
    const weigh = (y: Tensor): Tensor => sum(mul(y, weightsLike(y)));
    const { grads } = valueAndGrad(() => weigh(fn(...inputs)), inputs);
    for (const [k, input] of inputs.entries()) {
      const values = input.numbers();
      const gradient = grads[k]!.numbers();
      for (const [i, value] of values.entries()) {
        const at = (moved: number): number =>
          scope(() => {
            const changed = tensor(values.with(i, moved), {
              shape: input.shape,
              dtype: input.dtype,
              backend: input.backend,
            });
            return weigh(fn(...inputs.map((other, j) => (j === k ? changed : other)))).item();
          });
        const numeric = (at(value + step) - at(value - step)) / (2 * step);
        const near = Math.abs(gradient[i]! - numeric) <= tolerance * Math.max(1, Math.abs(numeric));
        if (!near && !Object.is(gradient[i], numeric))
          throw new Error(
            `${name} gradient of input ${k} is ${gradient[i]} at element ${i}, but finite differences give ${numeric} (tolerance ${tolerance}).`,
          );
      }
    }
  });
}

/** Fixed weights of mixed magnitude and sign, so errors do not cancel. */
function weightsLike(y: Tensor): Tensor {
  return tensor(
    Array.from({ length: y.size }, (_, i) => Math.sin(1 + 2.3 * i) + 0.1),
    { shape: y.shape, dtype: y.dtype, backend: y.backend },
  );
}
