import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { HostArray } from '@graft/tensor';
import type { Outputs } from './metric.ts';
import type { LabelledBatch } from './prepare.ts';
import type { TrainState } from './train-state.ts';

/** When callbacks run; `before` and `after` nest: fit, epoch, step or validation. Of these only `afterFit` runs where a run fails. */
export type TrainEvent = `${'before' | 'after'}${'Fit' | 'Epoch' | 'Step' | 'Validation'}`;

/** Work beside the steps of training, batch by batch. */
export interface TrainWork {
  /** Validation after an epoch, or features that are computed before the first one. */
  readonly what: 'validation' | 'features';
  /** Batches that are done, and how many there are, where that is known. */
  readonly done: number;
  readonly total: number | undefined;
}

/** Hooks into training, each of which may be left out. They run in the order of the list. */
export type Callback = Named & { readonly [Event in TrainEvent]?: (state: TrainState) => void | Promise<void> } & {
  /** Stands around a step's forward and backward pass, to look at them: calls `step` once and returns what it gave. Synchronous; the update comes after it. */
  aroundStep?<T>(state: TrainState, step: () => T): T;
  /**
   * Gets each validation batch in order, with the outputs that the loss and metrics are computed from: looking at them costs no extra pass and no extra
   * read. Outputs and labels may be kept, and must not be changed. Runs between `beforeValidation` and `afterValidation`.
   */
  afterValidationBatch?(state: TrainState, outputs: Outputs, batch: LabelledBatch): void | Promise<void>;
  /** Hears of each batch of work beside the steps, to show that something goes on. */
  onWork?(work: TrainWork): void;
  /** What to keep in a checkpoint: plain JSON. */
  save?(): unknown;
  /** Arrays to keep with it, by name. */
  saveTensors?(): ReadonlyMap<string, HostArray> | Promise<ReadonlyMap<string, HostArray>>;
  /** Takes what `save` and `saveTensors` gave, before a run. */
  restore?(saved: unknown, tensors: ReadonlyMap<string, HostArray>): void;
};

/** A kind of callback that can be made from its options, as a configuration names it. */
export interface CallbackType extends Named {
  create(options?: object, context?: Context): Callback;
}
/** Callbacks by name. */
export const callback: ExtensionPoint<CallbackType> = extensionPoint('callback', 'the option "callbacks" of a run');
