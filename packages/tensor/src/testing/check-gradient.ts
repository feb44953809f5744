import { expectClose } from './compare.ts';
import { mul, scope, sum, type Tensor, tensor, valueAndGrad } from '../index.ts';

/**
 * Checks gradients against central finite differences, for the sum of the function's elements times fixed weights.
 * @param fn a function of float64 tensors
 * @throws where a gradient differs by more than `tolerance`, with input and element
 */
export function checkGradient(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], { step = 1e-5, tolerance = 1e-6, name = '' }: { step?: number; tolerance?: number; name?: string } = {}): void {
  scope(() => {
    const weigh = (y: Tensor): Tensor => sum(mul(y, weightsLike(y)));
    const { grads } = valueAndGrad(() => weigh(fn(...inputs)), inputs);
    for (const [k, input] of inputs.entries()) {
      const values = input.numbers();
      const numeric = values.map((value, i) => {
        const at = (moved: number): number => scope(() => {
          const changed = tensor(values.with(i, moved), { shape: input.shape, dtype: input.dtype, backend: input.backend });
          return weigh(fn(...inputs.map((other, j) => (j === k ? changed : other)))).item();
        });
        return (at(value + step) - at(value - step)) / (2 * step);
      });
      expectClose(grads[k]!.numbers(), numeric, tolerance, `${name} gradient of input ${k},`);
    }
  });
}

/** Fixed numbers of many sizes and both signs, so that errors do not cancel. */
function weightsLike(y: Tensor): Tensor {
  return tensor(Array.from({ length: y.size }, (_, i) => Math.sin(1 + 2.3 * i) + 0.1), { shape: y.shape, dtype: y.dtype, backend: y.backend });
}
