import { filled, type Tensor } from '@graft/tensor';
import type { Schedule } from './schedule.ts';

/** What a transform knows of a parameter besides its gradient. */
export interface Slot {
  readonly value: Tensor;
  readonly name: string;
  /** Multipliers of the parameter's group. */
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** What a transform remembers between steps: tensors, one or more lists of them, each as long as there are parameters. */
export type TransformState = readonly (readonly Tensor[])[];

/** What a transform computes, in words that {@link fuse} knows. */
export type Part =
  | { readonly kind: 'decay'; readonly rate: number }
  | { readonly kind: 'momentum'; readonly decay: Schedule; readonly nesterov: boolean }
  | { readonly kind: 'adam'; readonly betas: readonly [Schedule, number]; readonly epsilon: number }
  | { readonly kind: 'learningRate'; readonly schedule: Schedule };

/** Turns gradients into updates (what is added to the parameters), one step at a time. All that it remembers is in its state. (After Optax) */
export interface GradientTransform {
  readonly name: string;
  init(slots: readonly Slot[]): TransformState;
  /** @param step how many steps were made before this one */
  update(
    grads: readonly Tensor[],
    state: TransformState,
    slots: readonly Slot[],
    step: number,
  ): [updates: readonly Tensor[], state: TransformState];
  /** Where a backend's update may stand for it: its parts in their order. */
  readonly parts?: readonly Part[];
  /** The rate at which it learns, where it has one, for who watches a run. */
  readonly learningRate?: Schedule | undefined;
  /** The weights to evaluate with, where they are not those that learn. */
  evaluated?(state: TransformState, slots: readonly Slot[]): readonly Tensor[];
}

/** One tensor of zeros for each parameter, in its shape. */
export const zerosFor = (slots: readonly Slot[]): readonly Tensor[] => slots.map(({ value }) => filled(value, 0));

/** A transform that remembers nothing and treats each gradient alone. */
export const stateless = (
  name: string,
  update: (grad: Tensor, slot: Slot, step: number) => Tensor,
): GradientTransform => ({
  name,
  init: () => [],
  update: (grads, _, slots, step) => [grads.map((grad, i) => update(grad, slots[i]!, step)), []],
});

/** Transforms one after another. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  /** How many lists each transform's state has, so that one flat state holds them all. */
  let sizes: readonly number[] | undefined;
  const own = (state: TransformState, i: number): TransformState => {
    if (!sizes) throw new Error('A chain of transforms was used before init(). Make an Optimizer with it.');
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
