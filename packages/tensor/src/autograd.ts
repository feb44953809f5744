import { filled } from './create.ts';
import { add } from './ops/arithmetic.ts';
import { sumTo } from './ops/reduction.ts';
import { activeGradientObserver } from './observe.ts';
import { Parameter } from './parameter.ts';
import { drop, own, ownedBy, scope } from './scope.ts';
import { showShape } from './spec.ts';
import { recorded, ruleOf, Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Runs `fn` and returns its value with the gradient with respect to each of `wrt`, in their order. Only what depends on
 * `wrt` is recorded. What `fn` makes is freed; the value and the gradients live in the caller's scope.
 * @param fn a synchronous function that returns one number, such as a mean loss
 * @throws where the value is not a single number
 */
export function valueAndGrad(fn: () => Tensor, wrt: readonly (Tensor | Parameter)[]): { value: Tensor; grads: Tensor[] } {
  return scope(() => {
    const wanted = wrt.map((slot) => (slot instanceof Parameter ? slot.value : slot));
    const tape = new Tape(wanted);
    try {
      const value = recorded(tape, () => scope(fn));
      if (value.size !== 1) throw new Error(`valueAndGrad wants a function that returns one number, got ${showShape(value.shape)}. Take its mean() or sum().`);
      const grads = backward(tape, value, wanted);
      const hear = activeGradientObserver();
      if (hear) for (const [i, slot] of wrt.entries()) hear(slot, grads[i]!);
      return { value, grads };
    } finally {
      for (const call of tape.calls) call.free();
    }
  });
}

/** The gradients alone. */
export const grad = (fn: () => Tensor, wrt: readonly (Tensor | Parameter)[]): Tensor[] =>
  scope(() => valueAndGrad(fn, wrt).grads);

function backward(tape: Tape, value: Tensor, wanted: readonly Tensor[]): Tensor[] {
  const grads = new Map<Tensor, Tensor>();
  const isWanted = new Set(wanted);
  if (tape.tracked.has(value)) grads.set(value, filled(value, 1).retain());
  for (let call = tape.calls.pop(); call; call = tape.calls.pop()) {
    const { op, inputs, output } = call;
    const grad = grads.get(output);
    if (grad) {
      for (const [i, input] of inputs.entries()) {
        if (!call.wants(i)) continue;
        const soFar = grads.get(input);
        grads.set(input, accumulate(() => sumTo(ruleOf(op, i)!(grad, call), input.shape), soFar));
      }
      if (!isWanted.has(output)) {
        grads.delete(output);
        grad.release();
      }
    }
    call.free();
  }
  return wanted.map((tensor, i) => {
    const first = wanted.indexOf(tensor);
    if (first < i) throw new Error(`valueAndGrad got the same tensor twice, at ${first} and ${i}. Ask for it once.`);
    const found = grads.get(tensor);
    return found ? own(found.reclaim()) : filled(tensor, 0);
  });
}

/** A contribution to a gradient, added to what there is; the result is held, everything else freed. */
function accumulate(rule: () => Tensor, soFar: Tensor | undefined): Tensor {
  const { result, survivors } = ownedBy(() => (soFar ? add(soFar, rule()) : rule()));
  result.retain();
  for (const tensor of survivors) drop(tensor); // the held share keeps it
  soFar?.release();
  return result;
}
