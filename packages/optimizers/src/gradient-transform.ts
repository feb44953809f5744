import { filled, type Tensor } from '@graft/tensor';
import type { Schedule } from './schedule.ts';

/** A parameter and its group, as passed to transforms. */
export interface Slot {
  readonly value: Tensor;
  readonly name: string;
  /** Multipliers of the parameter's group. */
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** A transform's state: one or more lists of tensors, each with one tensor per parameter. */
export type TransformState = readonly (readonly Tensor[])[];

/** A description of what a transform computes, which {@link fuse} understands. */
export type Part =
  | { readonly kind: 'decay'; readonly rate: number }
  | { readonly kind: 'momentum'; readonly decay: Schedule; readonly nesterov: boolean }
  | { readonly kind: 'adam'; readonly betas: readonly [Schedule, number]; readonly epsilon: number }
  | { readonly kind: 'learningRate'; readonly schedule: Schedule };

/** Turns gradients into updates (what is added to the parameters), one step at a time. All memory is in its state, as in Optax */
export interface GradientTransform {
  readonly name: string;
  init(slots: readonly Slot[]): TransformState;
  /** @param step the number of steps before this one */
  update(
    grads: readonly Tensor[],
    state: TransformState,
    slots: readonly Slot[],
    step: number,
  ): [updates: readonly Tensor[], state: TransformState];
  /** If a backend's fused update may replace it: its parts, in order. */
  readonly parts?: readonly Part[];
  /** The current learning rate, if any, for monitoring. */
  readonly learningRate?: Schedule | undefined;
  /** The weights to evaluate with, if they differ from the trained ones. */
  evaluated?(state: TransformState, slots: readonly Slot[]): readonly Tensor[];
}

/** Zeros in the shape of each parameter. */
export const zerosFor = (slots: readonly Slot[]): readonly Tensor[] => slots.map(({ value }) => filled(value, 0));

/** A stateless transform of each gradient on its own. */
export const stateless = (
  name: string,
  update: (grad: Tensor, slot: Slot, step: number) => Tensor,
): GradientTransform => ({
  name,
  init: () => [],
  update: (grads, _, slots, step) => [grads.map((grad, i) => update(grad, slots[i]!, step)), []],
});

/** Applies transforms in order. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  /** Number of lists in each transform's state, to split the flat state. */
  let sizes: readonly number[] | undefined;
  const own = (state: TransformState, i: number): TransformState => {
    if (!sizes) throw new Error('A chain of transforms was used before init(). Create an Optimizer with it.');
    const start = sizes.slice(0, i).reduce((a, b) => a + b, 0);
    return state.slice(start, start + sizes[i]!);
  };
  const parts = transforms.flatMap((transform) => transform.parts ?? []);
  const averaging = transforms.findIndex(({ evaluated }) => evaluated);
  return {
    name: transforms.map(({ name }) => name).join(' → '),
    init(slots) {
      const states = transforms.map((transform) => transform.init(slots));
      sizes = states.map((state) => state.length);
      return states.flat();
    },
    update(grads, state, slots, step) {
      let updates = grads;
      const next: (readonly Tensor[])[] = [];
      for (const [i, transform] of transforms.entries()) {
        const [changed, after] = transform.update(updates, own(state, i), slots, step);
        updates = changed;
        next.push(...after);
      }
      return [updates, next];
    },
    ...(transforms.every((transform) => transform.parts) && { parts }),
    learningRate: transforms.find(({ learningRate }) => learningRate)?.learningRate,
    ...(averaging >= 0 && {
      evaluated: (state, slots) => transforms[averaging]!.evaluated!(own(state, averaging), slots),
    }),
  };
}
