import type { AnyModule } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import type { Callback } from './callback.ts';
import type { Metric } from './metric.ts';

/**
 * The numbers logged for an epoch: `epoch` (counted from 1), `loss` and each metric on training data, such as `accuracy`; with validation data also
 * `validationLoss` and each metric as in `validationAccuracy`. `Name` is the union of metric names; by default any name is allowed.
 */
export type EpochLog<Name extends string = string> = string extends Name
  ? Readonly<Record<string, number>>
  : { readonly epoch: number; readonly loss: number; readonly validationLoss?: number } & {
      readonly [Own in Name | `validation${Capitalize<Name>}`]?: number;
    };

/** The log name of a metric on validation data. */
export const validationName = (name: string): string => `validation${name[0]!.toUpperCase()}${name.slice(1)}`;

/** The state of a run as callbacks see it, with methods to warn and to stop. */
export interface TrainState {
  readonly model: AnyModule;
  readonly optimizer: Optimizer;
  /** The training data, such as a `Loader`. */
  readonly data: unknown;
  readonly metrics: readonly Metric[];
  readonly callbacks: readonly Callback[];
  /** The current epoch, counted from 0, and the total number of epochs. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps so far in the whole run, and in this epoch. */
  readonly step: number;
  readonly stepInEpoch: number;
  /** Steps per epoch, if the length of the data is known. */
  readonly stepsPerEpoch: number | undefined;
  /** Samples in the last batch, and in this epoch so far. With `reduce`, the samples of all processes. */
  readonly batchSize: number;
  readonly samples: number;
  /**
   * Loss of the last step; NaN before the first. `fit` reads it while the device computes the next step, so awaiting it in a callback makes the
   * device wait. Rejects with the error of `fit` if the loss is NaN or infinite.
   */
  readonly loss: Promise<number>;
  /** Sum of the loss over all samples of this epoch, for a checkpoint. Rejects like `loss`. */
  readonly totalLoss: Promise<number>;
  /** Mean loss of this epoch as read so far, for display: in `afterStep` without the last step, from validation on complete. */
  readonly meanLoss: number;
  /** Saved state of training metrics within this epoch, by name; plain JSON for a checkpoint. */
  counted(): Promise<Readonly<Record<string, unknown>>>;
  /** Names of the numbers in each epoch's log. */
  readonly logNames: readonly string[];
  /** Log of the finished epochs; includes the current one from its validation on. */
  readonly log: readonly EpochLog[];
  /** The reason given to `stop`, if a callback called it. */
  readonly stopped: string | undefined;
  /** Warns the user: sends one sentence to `onWarning`, with the callback's name and the epoch. */
  readonly warn: (message: string) => void;
  /** Stops the run after this step. The reason is returned in the result. */
  stop(reason: string): void;
  /** Records the folder of a complete checkpoint. If the loss diverges, the error names it. */
  saved(folder: string): void;
}
