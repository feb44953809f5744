import { own } from './scope.ts';
import { Tensor } from './tensor.ts';

/** Arguments of the updates `sgd` and `momentum` for one parameter and step. */
export interface SgdUpdate {
  /** Fraction of each weight that is added to its gradient. */
  readonly decay: number;
  readonly learningRate: number;
  /** Decay of the velocities; `momentum` only. */
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Arguments of the update `adam` for one parameter and step. */
export interface AdamUpdate {
  /** Fraction of each weight that is added to its gradient. */
  readonly decay: number;
  /** Fraction of each weight that is added to its step. */
  readonly decoupledDecay: number;
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Bias corrections: divisors of the means and squares. */
  readonly corrections: readonly [number, number];
}

/**
 * Updates tensors in place with the backend's fused update of that name: no new buffers, one pass over memory. Holders must replace the
 * old tensors with the returned ones, which share the buffers.
 * @param changed each held only by its slot
 * @returns undefined if the backend has no such update or does not support the case, or one of `changed` is held elsewhere
 */
export function updateInPlace(
  name: string,
  changed: readonly Tensor[],
  read: readonly Tensor[],
  attrs: unknown,
): Tensor[] | undefined {
  const { backend } = changed[0]!;
  const update = backend.updates?.get(name);
  if (
    !update ||
    !changed.every((x) => x.exclusive && x.backend === backend) ||
    !read.every((x) => x.backend === backend)
  )
    return undefined;
  if (!update(changed, read, attrs)) return undefined;
  return changed.map((x) => {
    const { data } = x;
    backend.retain(data);
    return own(new Tensor(x, backend, data));
  });
}
