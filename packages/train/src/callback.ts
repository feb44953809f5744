import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { HostArray } from '@graft/tensor';
import type { Outputs } from './metric.ts';
import type { LabelledBatch } from './prepare.ts';
import type { TrainState } from './train-state.ts';

/** When callbacks run: before and after the fit, each epoch, each step and each validation. If a run fails, only `afterFit` still runs. */
export type TrainEvent = `${'before' | 'after'}${'Fit' | 'Epoch' | 'Step' | 'Validation'}`;

/** Progress of work other than training steps. */
export interface TrainWork {
  /** Validation after an epoch, or backbone features computed before the first epoch. */
  readonly what: 'validation' | 'features';
  /** Batches finished, and the total if known. */
  readonly done: number;
  readonly total: number | undefined;
}

/** Training hooks, all optional. Callbacks run in the order they are listed. */
export type Callback = Named & { readonly [Event in TrainEvent]?: (state: TrainState) => void | Promise<void> } & {
  /** Wraps a step's forward and backward pass: call `step` once and return its result. Synchronous; weights are updated afterwards. */
  aroundStep?<T>(state: TrainState, step: () => T): T;
  /**
   * Called between `beforeValidation` and `afterValidation` with each validation batch in order and its outputs. These are the outputs that loss and
   * metrics use, already on the host, so the hook costs no extra pass or read. Outputs and labels may be kept, but must not be changed.
   */
  afterValidationBatch?(state: TrainState, outputs: Outputs, batch: LabelledBatch): void | Promise<void>;
  /** Called after each batch of work other than training steps, to show progress. */
  onWork?(work: TrainWork): void;
  /** Returns the state to save in a checkpoint, as plain JSON. */
  save?(): unknown;
  /** Returns arrays to save in a checkpoint, by name. */
  saveTensors?(): ReadonlyMap<string, HostArray> | Promise<ReadonlyMap<string, HostArray>>;
  /** Restores what `save` and `saveTensors` returned, before a run starts. */
  restore?(saved: unknown, tensors: ReadonlyMap<string, HostArray>): void;
};

/** A callback that a configuration can create by name. */
export interface CallbackType extends Named {
  create(options?: object, context?: Context): Callback;
}
/** Callbacks by name. */
export const callback: ExtensionPoint<CallbackType> = extensionPoint('callback', 'the option "callbacks" of a run');
