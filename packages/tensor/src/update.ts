import { own } from './scope.ts';
import { Tensor } from './tensor.ts';

/** Numbers of the updates `sgd` and `momentum` for one parameter and step. */
export interface SgdUpdate {
  /** Share of each weight that is added to its gradient. */
  readonly decay: number;
  readonly learningRate: number;
  /** Of the velocities; `momentum` only. */
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Numbers of the update `adam` for one parameter and step. */
export interface AdamUpdate {
  /** Share of each weight that is added to its gradient. */
  readonly decay: number;
  /** Share of each weight that is added to its step. */
  readonly decoupledDecay: number;
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** What the means and squares are divided by for their start at 0. */
  readonly corrections: readonly [number, number];
}

/**
 * Changes tensors where they lie, by the backend's update of that name: no new buffers, one pass over memory. Their holders put the
 * returned tensors, which share the buffers, in the place of the old ones.
 * @param changed each held by its slot alone
 * @returns undefined where the backend has no such update, the case is not its own, or somebody else holds one of `changed`
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
