import { filled } from './create.ts';
import { activeGradientObserver } from './observe.ts';
import { add, mul } from './ops/arithmetic.ts';
import { sum, sumTo } from './ops/reduction.ts';
import { Parameter } from './parameter.ts';
import { drop, own, ownedBy, scope } from './scope.ts';
import { sameShape, showShape } from './spec.ts';
import { recorded, ruleOf, Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Runs `fn` and returns its value and the gradient with respect to each of `wrt`, in the same order. Only ops that depend on
 * `wrt` are recorded. Intermediates are freed; the value and the gradients live in the caller's scope.
 * @param fn a synchronous function that returns one number, such as a mean loss
 * @throws if the value is not a single number
 */
export function valueAndGrad(
  fn: () => Tensor,
  wrt: readonly (Tensor | Parameter)[],
): { value: Tensor; grads: Tensor[] } {
  const { value, grads } = pullBack(fn, wrt, (value) => {
    if (value.size !== 1)
      throw new Error(
        `valueAndGrad expects a function that returns one number, got ${showShape(value.shape)}. Take its mean() or sum(), or use vjp().`,
      );
    return filled(value, 1);
  });
  const hear = activeGradientObserver();
  if (hear) for (const [i, slot] of wrt.entries()) hear(slot, grads[i]!);
  return { value, grads };
}

/** Like {@link valueAndGrad}, without the value. */
export const grad = (fn: () => Tensor, wrt: readonly (Tensor | Parameter)[]): Tensor[] =>
  scope(() => valueAndGrad(fn, wrt).grads);

/**
 * The value of a function, of any shape, and a vector–Jacobian product: the gradients of Σ vector · value.
 * @param vector in the shape of the value
 */
export const vjp = (
  fn: () => Tensor,
  wrt: readonly (Tensor | Parameter)[],
  vector: Tensor,
): { value: Tensor; grads: Tensor[] } =>
  pullBack(fn, wrt, (value) => {
    if (!sameShape(value.shape, vector.shape))
      throw new Error(
        `vjp expects a vector in the shape of the function's value, ${showShape(value.shape)}, got ${showShape(vector.shape)}.`,
      );
    return vector;
  });

/**
 * Forward mode: a Jacobian–vector product: how a function's value changes as `wrt` move along `tangents`. Uses two reverse passes: the
 * vector–Jacobian product is linear in the vector, and its gradient along the tangents is the result.
 */
export const jvp = (fn: () => Tensor, wrt: readonly (Tensor | Parameter)[], tangents: readonly Tensor[]): Tensor =>
  scope(() => {
    if (tangents.length !== wrt.length)
      throw new Error(`jvp expects a tangent for each of ${wrt.length} tensors, got ${tangents.length}.`);
    const vector = filled(scope(fn), 1);
    return grad(
      () =>
        vjp(fn, wrt, vector)
          .grads.map((g, i) => sum(mul(g, tangents[i]!)))
          .reduce((a, b) => add(a, b)),
      [vector],
    )[0]!;
  });

function pullBack(
  fn: () => Tensor,
  wrt: readonly (Tensor | Parameter)[],
  seed: (value: Tensor) => Tensor,
): { value: Tensor; grads: Tensor[] } {
  return scope(() => {
    const wanted = wrt.map((slot) => (slot instanceof Parameter ? slot.value : slot));
    const tape = new Tape(wanted);
    try {
      const value = recorded(tape, () => scope(fn));
      return { value, grads: backward(tape, value, seed(value), wanted) };
    } finally {
      for (const call of tape.calls) call.free();
    }
  });
}

function backward(tape: Tape, value: Tensor, seed: Tensor, wanted: readonly Tensor[]): Tensor[] {
  const grads = new Map<Tensor, Tensor>();
  const isWanted = new Set(wanted);
  if (tape.tracked.has(value)) grads.set(value, seed.retain());
  for (let call = tape.calls.pop(); call; call = tape.calls.pop()) {
    const { op, inputs, output } = call;
    const grad = grads.get(output);
    if (grad) {
      for (const [i, input] of inputs.entries()) {
        if (!call.needsGradient(i)) continue;
        const soFar = grads.get(input);
        grads.set(
          input,
          accumulate(() => sumTo(ruleOf(op, i)!(grad, call), input.shape), soFar),
        );
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
    if (first < i) throw new Error(`valueAndGrad got the same tensor twice, at ${first} and ${i}. List it once.`);
    const found = grads.get(tensor);
    return found ? own(found.reclaim()) : filled(tensor, 0);
  });
}

/** Adds a contribution to a gradient; the result is held, everything else is freed. */
function accumulate(rule: () => Tensor, soFar: Tensor | undefined): Tensor {
  const { result, survivors } = ownedBy(() => (soFar ? add(soFar, rule()) : rule()));
  result.retain();
  for (const tensor of survivors) drop(tensor); // the retained reference keeps it
  soFar?.release();
  return result;
}
