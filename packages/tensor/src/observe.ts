import type { AnyOp } from './op.ts';
import type { Parameter } from './parameter.ts';
import type { TensorSpec } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** How an op was computed. */
export type Road = 'kernel' | 'reference' | 'decomposition';

/** One op that was computed. */
export interface ObservedCall {
  readonly op: AnyOp;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly road: Road;
  readonly milliseconds: number;
}
/** Hears of an op that was computed. */
export type Observer = (call: ObservedCall) => void;

let observer: Observer | undefined;

/** Who hears of ops now. */
export const activeObserver = (): Observer | undefined => observer;

/** Runs a synchronous function; `hear` learns of every op computed meanwhile, those of decompositions before the op they are parts of. */
export function observe<T>(fn: () => T, hear: Observer): T {
  const outer = observer;
  observer = (call) => {
    outer?.(call);
    hear(call);
  };
  try {
    return fn();
  } finally {
    observer = outer;
  }
}

/** Sees what a tensor will be before memory is allocated for it; throws to refuse it. */
export type Guard = (result: TensorSpec) => void;

let guard: Guard | undefined;

/** The guard that checks new tensors now. */
export const activeGuard = (): Guard | undefined => guard;

/**
 * Runs a synchronous function; `check` sees the shape and dtype of the result of every op, and of every tensor that `full` fills, before memory is
 * allocated for it. Views such as `reshape` allocate nothing and are not checked.
 * @throws what `check` throws
 */
export function guarded<T>(fn: () => T, check: Guard): T {
  const outer = guard;
  guard = (result) => {
    outer?.(result);
    check(result);
  };
  try {
    return fn();
  } finally {
    guard = outer;
  }
}

/** Hears of a gradient: of what, and what it is. */
export type GradientObserver = (slot: Tensor | Parameter, gradient: Tensor) => void;

let gradientObserver: GradientObserver | undefined;

/** Who hears of gradients now. */
export const activeGradientObserver = (): GradientObserver | undefined => gradientObserver;

/** Runs a synchronous function; `hear` learns of every gradient that `valueAndGrad` returns meanwhile. */
export function observeGradients<T>(fn: () => T, hear: GradientObserver): T {
  const outer = gradientObserver;
  gradientObserver = (slot, gradient) => {
    outer?.(slot, gradient);
    hear(slot, gradient);
  };
  try {
    return fn();
  } finally {
    gradientObserver = outer;
  }
}
