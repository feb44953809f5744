import { scalar, type Tensor } from '@graft/tensor';
import type { GradientTransform, Slot, TransformState } from '../gradient-transform.ts';

/** Applies one transform to the parameters that match a predicate, and another to the rest. */
export function splitBy(
  which: (slot: Slot) => boolean,
  accepted: GradientTransform,
  rest: GradientTransform,
): GradientTransform {
  let size: number | undefined;
  /** The indices of each transform's parameters. */
  const places = (slots: readonly Slot[]): readonly [number[], number[]] => {
    const indices = slots.map((_, i) => i);
    return [indices.filter((i) => which(slots[i]!)), indices.filter((i) => !which(slots[i]!))];
  };
  const pick = <T>(list: readonly T[], indices: readonly number[]): T[] => indices.map((i) => list[i]!);
  /** Expands states to all parameters, with a scalar placeholder where a transform has none. */
  const spread = (
    state: TransformState,
    indices: readonly number[],
    other: (list: number, i: number) => Tensor,
    count: number,
  ): Tensor[][] =>
    state.map((list, k) =>
      Array.from({ length: count }, (_, i) => (indices.includes(i) ? list[indices.indexOf(i)]! : other(k, i))),
    );
  return {
    name: `${accepted.name} | ${rest.name}`,
    learningRate: accepted.learningRate ?? rest.learningRate,
    init(slots) {
      const [yes, no] = places(slots);
      const empty = (_: number, i: number): Tensor => scalar(0, slots[i]!.value);
      const first = spread(accepted.init(pick(slots, yes)), yes, empty, slots.length);
      size = first.length;
      return [...first, ...spread(rest.init(pick(slots, no)), no, empty, slots.length)];
    },
    update(grads, state, slots, step) {
      if (size === undefined) throw new Error('splitBy was used before init(). Create an Optimizer with it.');
      const [yes, no] = places(slots);
      const run = (
        transform: GradientTransform,
        indices: number[],
        own: TransformState,
      ): [readonly Tensor[], Tensor[][]] => {
        const [updates, after] = transform.update(
          pick(grads, indices),
          own.map((list) => pick(list, indices)),
          pick(slots, indices),
          step,
        );
        return [updates, spread(after, indices, (k, i) => own[k]![i]!, slots.length)];
      };
      const [a, afterA] = run(accepted, yes, state.slice(0, size));
      const [b, afterB] = run(rest, no, state.slice(size));
      return [grads.map((_, i) => (yes.includes(i) ? a[yes.indexOf(i)]! : b[no.indexOf(i)]!)), [...afterA, ...afterB]];
    },
  };
}
