import type { Tensor } from '@graft/tensor';

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

/** Turns gradients into updates (what is added to the parameters), one step at a time. All that it remembers is in its state. (After Optax) */
export interface GradientTransform {
  readonly name: string;
  init(slots: readonly Slot[]): TransformState;
  /** @param step how many steps were made before this one */
  update(grads: readonly Tensor[], state: TransformState, slots: readonly Slot[], step: number): [updates: readonly Tensor[], state: TransformState];
}

/** A transform that remembers nothing and treats each gradient alone. */
export const stateless = (name: string, update: (grad: Tensor, slot: Slot, step: number) => Tensor): GradientTransform => ({
  name,
  init: () => [],
  update: (grads, _, slots, step) => [grads.map((grad, i) => update(grad, slots[i]!, step)), []],
});

/** Transforms one after another. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  /** How many lists each transform's state has, so that one flat state holds them all. */
  let sizes: readonly number[] | undefined;
  return {
    name: transforms.map(({ name }) => name).join(' → '),
    init(slots) {
      const states = transforms.map((transform) => transform.init(slots));
      sizes = states.map((state) => state.length);
      return states.flat();
    },
    update(grads, state, slots, step) {
      if (!sizes) throw new Error('A chain of transforms was used before init(). Make an Optimizer with it.');
      let [updates, start] = [grads, 0];
      const next: (readonly Tensor[])[] = [];
      for (const [i, transform] of transforms.entries()) {
        const [changed, own] = transform.update(updates, state.slice(start, start + sizes[i]!), slots, step);
        updates = changed;
        next.push(...own);
        start += sizes[i]!;
      }
      return [updates, next];
    },
  };
}
