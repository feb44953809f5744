import type { Module } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';

/** Named numbers of an epoch, such as `loss`, `validationLoss`, `validationAccuracy`. */
export type EpochLog = Readonly<Record<string, number>>;

/** What callbacks see of a run, and how they stop it. */
export interface TrainState {
  readonly model: Module;
  readonly optimizer: Optimizer;
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
  /** Loss of the last step, and its mean over this epoch so far. */
  readonly loss: number;
  readonly meanLoss: number;
  /** The finished epochs, and after `afterValidation` the current one. */
  readonly log: readonly EpochLog[];
  /** Ends the run after this step. The reason is part of the result. */
  stop(reason: string): void;
}
