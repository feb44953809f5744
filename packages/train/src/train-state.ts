import type { AnyModule } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import type { Callback } from './callback.ts';
import type { Metric } from './metric.ts';

/**
 * Named numbers of an epoch: `epoch` (counted from 1), `loss`, each metric of the training data such as `accuracy`, and, where there is validation,
 * `validationLoss` and each metric as `validationAccuracy`. `Name` is what the metrics are called; by default any name is possible.
 */
export type EpochLog<Name extends string = string> = string extends Name
  ? Readonly<Record<string, number>>
  : { readonly epoch: number; readonly loss: number; readonly validationLoss?: number } & {
      readonly [Own in Name | `validation${Capitalize<Name>}`]?: number;
    };

/** What a metric of validation data is called in an epoch's log. */
export const validationName = (name: string): string => `validation${name[0]!.toUpperCase()}${name.slice(1)}`;

/** What callbacks see of a run, and how they stop it. */
export interface TrainState {
  readonly model: AnyModule;
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
  /** Samples in the last batch, and seen in this epoch; after `reduce` those of all that take part. */
  readonly batchSize: number;
  readonly samples: number;
  /**
   * Loss of the last step; NaN before the first. `fit` reads it while the device computes the next step: a callback that awaits it makes the
   * device wait. Rejects with the error that `fit` ends with if it is no longer a number.
   */
  readonly loss: Promise<number>;
  /** Sum of the loss over all samples of this epoch, for a checkpoint. Rejects as `loss` does. */
  readonly totalLoss: Promise<number>;
  /** Mean loss of this epoch's samples, as far as it has been read: in `afterStep` without the last step, from validation on of all. For showing. */
  readonly meanLoss: number;
  /** What the training metrics have counted in this epoch, by name; plain JSON, for a checkpoint. */
  counted(): Promise<Readonly<Record<string, unknown>>>;
  /** The names that each epoch's log has. */
  readonly logNames: readonly string[];
  /** The finished epochs, and from validation on the current one. */
  readonly log: readonly EpochLog[];
  /** Why the run ends, where a callback has stopped it. */
  readonly stopped: string | undefined;
  /** Tells the user something in one sentence: the run's `onWarning` gets it with the callback's name and the epoch. */
  readonly warn: (message: string) => void;
  /** Ends the run after this step. The reason is part of the result. */
  stop(reason: string): void;
  /** Tells where a whole checkpoint now lies: a run that fails names it. */
  saved(folder: string): void;
}
