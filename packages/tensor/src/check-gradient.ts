import { valueAndGrad } from './autograd.ts';
import { tensor } from './create.ts';
import { mul } from './ops/arithmetic.ts';
import { sum } from './ops/reduction.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** How gradients are compared with finite differences. */
export interface GradientTolerance {
  /** How far an element is moved either way. */
  readonly step?: number;
  /** Of the gradient's size where that is above 1. */
  readonly tolerance?: number;
  /** What an error calls the function. */
  readonly name?: string;
}

/**
 * Checks gradients against central finite differences, for the sum of the function's elements times fixed weights.
 * @param fn a function of float64 tensors; the same each time it is called
 * @throws where a gradient differs by more than `tolerance`, with input and element
 */
export function checkGradient(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { step = 1e-5, tolerance = 1e-6, name = 'The' }: GradientTolerance = {},
): void {
  for (const [k, { dtype }] of inputs.entries())
    if (dtype !== 'float64')
      throw new Error(
        `checkGradient wants float64 tensors, in which a step of ${step} shows, got ${dtype} as input ${k}. Make it with { dtype: 'float64' }.`,
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
            `${name} gradient of input ${k} is ${gradient[i]} at element ${i}, but finite differences give ${numeric}, and ${tolerance} of it is allowed.`,
          );
      }
    }
  });
}

/** Fixed numbers of many sizes and both signs, so that errors do not cancel. */
function weightsLike(y: Tensor): Tensor {
  return tensor(
    Array.from({ length: y.size }, (_, i) => Math.sin(1 + 2.3 * i) + 0.1),
    { shape: y.shape, dtype: y.dtype, backend: y.backend },
  );
}
