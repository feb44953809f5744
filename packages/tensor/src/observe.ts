import type { AnyBackend } from './backend.ts';
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
/** Called for each op that was computed. */
export type Observer = (call: ObservedCall) => void;

let observer: Observer | undefined;

/** The active observer of ops. */
export const activeObserver = (): Observer | undefined => observer;

/** Runs a synchronous function and calls `hear` for every op computed in it; the ops of a decomposition come before the op itself. */
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

/** How a tensor is about to be made; by no op if it is made from values. */
export interface GuardedCall {
  readonly backend: AnyBackend;
  readonly op?: AnyOp;
  readonly inputs: readonly Tensor[];
}
/** Called before a tensor is computed; throws to reject it. */
export type Guard = (result: TensorSpec, call: GuardedCall) => void;

let guard: Guard | undefined;

/** The active guard. */
export const activeGuard = (): Guard | undefined => guard;

/**
 * Runs a synchronous function; `check` gets the shape and dtype of every op's result, and of every tensor created from values, before memory is
 * allocated for it. Views such as `reshape` allocate nothing and are not checked.
 * @throws what `check` throws
 */
export function guarded<T>(fn: () => T, check: Guard): T {
  const outer = guard;
  guard = (result, call) => {
    outer?.(result, call);
    check(result, call);
  };
  try {
    return fn();
  } finally {
    guard = outer;
  }
}

/** Called for each gradient, with the tensor it belongs to. */
export type GradientObserver = (slot: Tensor | Parameter, gradient: Tensor) => void;

let gradientObserver: GradientObserver | undefined;

/** The active observer of gradients. */
export const activeGradientObserver = (): GradientObserver | undefined => gradientObserver;

/** Runs a synchronous function and calls `hear` for every gradient that `valueAndGrad` returns in it. */
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
