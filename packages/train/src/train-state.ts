import type { Module } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import type { Callback } from './callback.ts';
import type { Metric } from './metric.ts';

/** Named numbers of an epoch, such as `loss`, `validationLoss`, `validationAccuracy`. */
export type EpochLog = Readonly<Record<string, number>>;

/** What a metric of validation data is called in an epoch's log. */
export const validationName = (name: string): string => `validation${name[0]!.toUpperCase()}${name.slice(1)}`;

/** What callbacks see of a run, and how they stop it. */
export interface TrainState {
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** Where batches come from; a `Loader` knows its place. */
  readonly data: unknown;
  readonly metrics: readonly Metric[];
  readonly callbacks: readonly Callback[];
  /** The current epoch, counted from 0, and how many there will be. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps made in the whole run, and in this epoch. */
  readonly step: number;
  readonly stepInEpoch: number;
  /** Steps in an epoch, where the data knows. */
  readonly stepsPerEpoch: number | undefined;
  /** Samples in the current batch, and seen in this epoch. */
  readonly batchSize: number;
  readonly samples: number;
  /** Loss of the last step, its sum over this epoch's samples so far, and their mean. */
  readonly loss: number;
  readonly totalLoss: number;
  readonly meanLoss: number;
  /** The finished epochs, and from validation on the current one. */
  readonly log: readonly EpochLog[];
  /** Why the run ends, where a callback has stopped it. */
  readonly stopped: string | undefined;
  /** Ends the run after this step. The reason is part of the result. */
  stop(reason: string): void;
  /** Tells where a whole checkpoint now lies: a run that fails names it. */
  saved(folder: string): void;
}
