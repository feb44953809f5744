import type { AnyBatch } from '@graft/data';
import type { ModuleInput } from '@graft/layers';
import { adamW, oneCycle, oneCycleMomentum } from '@graft/optimizers';
import type { EpochLog } from '@graft/train';
import type { BatchLoader } from './batch-loader.ts';
import { type Policy, trainUnfrozen, type TrainUnfrozenOptions } from './phases.ts';
import type { TransferModel } from './transfer-model.ts';

export interface FineTuneOptions<Name extends string = string> extends Omit<
  TrainUnfrozenOptions<Name>,
  'policy' | 'unfreeze' | 'firstGroupRate'
> {
  /** Epochs with all layer groups unfrozen. */
  readonly epochs: number;
  /** Epochs before that, which train only the head; default 1. */
  readonly freezeEpochs?: number;
  /** Peak learning rate of the head while the backbone is frozen, then half of it; default 2e-3. */
  readonly learningRate?: number;
  /** The first layer group's learning rate is the head's divided by this; default 100. */
  readonly rateDivisor?: number;
}

/**
 * Fine-tunes with fastai's recipe: `freezeEpochs` of only the head, then `epochs` of the whole model with lower learning rates for earlier layer groups. Both phases
 * use a one-cycle schedule of learning rate and momentum (Howard and Gugger 2020; Smith 2018).
 */
export async function fineTune<Name extends string = never>(
  model: TransferModel<ModuleInput>,
  data: BatchLoader<AnyBatch>,
  { epochs, freezeEpochs = 1, learningRate = 2e-3, rateDivisor = 100, seed = 0, ...options }: FineTuneOptions<Name>,
): Promise<readonly EpochLog<Name>[]> {
  return inTurn([
    ...(freezeEpochs
      ? [
          () =>
            trainUnfrozen(model, data, {
              ...options,
              epochs: freezeEpochs,
              learningRate,
              unfreeze: 1,
              policy: oneCycleAdamW(0.99, 25),
              seed,
            }),
        ]
      : []),
    ...(epochs
      ? [
          () =>
            trainUnfrozen(model, data, {
              ...options,
              epochs,
              learningRate: learningRate / 2,
              firstGroupRate: 1 / rateDivisor,
              policy: oneCycleAdamW(0.3, 5),
              seed: seed + 1,
            }),
        ]
      : []),
  ]);
}

export interface GradualOptions<Name extends string = string> extends Omit<TrainUnfrozenOptions<Name>, 'unfreeze'> {
  /** Epochs before the next group is unfrozen. */
  readonly epochs: number;
}

/** Unfreezes one layer group after another, starting with the head, and trains `epochs` after each (Howard and Ruder 2018, section 3.3). */
export const unfreezeGradually = <Name extends string = never>(
  model: TransferModel<ModuleInput>,
  data: BatchLoader<AnyBatch>,
  { seed = 0, ...options }: GradualOptions<Name>,
): Promise<readonly EpochLog<Name>[]> =>
  inTurn(
    model
      .layerGroups()
      .map((_, i) => () => trainUnfrozen(model, data, { ...options, unfreeze: i + 1, seed: seed + i })),
  );

/** Runs phases one after another, and numbers their epochs consecutively. */
async function inTurn<Name extends string>(
  phases: readonly (() => Promise<readonly EpochLog<Name>[]>)[],
): Promise<readonly EpochLog<Name>[]> {
  const log: EpochLog<Name>[] = [];
  for (const phase of phases)
    for (const row of await phase()) log.push({ ...row, epoch: log.length + 1 } as EpochLog<Name>);
  return log;
}

/** AdamW with fastai's one-cycle schedule and defaults. */
const oneCycleAdamW =
  (warmUpShare: number, divide: number): Policy =>
  ({ learningRate, weightDecay, steps }) =>
    adamW({
      learningRate: oneCycle({ peak: learningRate, steps, warmUpShare, divide }),
      betas: [oneCycleMomentum({ steps, warmUpShare }), 0.99],
      epsilon: 1e-5,
      weightDecay,
    });
