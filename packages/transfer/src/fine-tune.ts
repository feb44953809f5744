import type { AnyBatch } from '@graft/data';
import type { ModuleInput } from '@graft/layers';
import { adamW, oneCycle, oneCycleMomentum } from '@graft/optimizers';
import type { EpochLog } from '@graft/train';
import { type BatchLoader, type Policy, trainUnfrozen, type TrainUnfrozenOptions } from './phases.ts';
import type { TransferModel } from './transfer-model.ts';

export interface FineTuneOptions<Name extends string = string> extends Omit<
  TrainUnfrozenOptions<Name>,
  'policy' | 'unfreeze' | 'firstGroupRate'
> {
  /** With everything learning. */
  readonly epochs: number;
  /** Before, of the head alone; default 1. */
  readonly freezeEpochs?: number;
  /** Of the head in the frozen epochs, and half of it then; default 2e-3. */
  readonly learningRate?: number;
  /** How much less than the head the first layer group learns; default 100. */
  readonly rateDivisor?: number;
}

/**
 * fastai's recipe: the head alone for `freezeEpochs`, then the whole model, groups nearer to the input more gently, both in one cycle of learning rate and
 * momentum (Howard and Gugger 2020; Smith 2018).
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
  /** Before the next group joins those that learn. */
  readonly epochs: number;
}

/** Unfreezes one layer group after another, from the head on, and trains `epochs` after each (Howard and Ruder 2018, 3.3). */
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

/** Phases one after another, their epochs counted through. */
async function inTurn<Name extends string>(
  phases: readonly (() => Promise<readonly EpochLog<Name>[]>)[],
): Promise<readonly EpochLog<Name>[]> {
  const log: EpochLog<Name>[] = [];
  for (const phase of phases)
    for (const row of await phase()) log.push({ ...row, epoch: log.length + 1 } as EpochLog<Name>);
  return log;
}

/** AdamW as fastai has it, in one cycle. */
const oneCycleAdamW =
  (warmUpShare: number, divide: number): Policy =>
  ({ learningRate, weightDecay, steps }) =>
    adamW({
      learningRate: oneCycle({ peak: learningRate, steps, warmUpShare, divide }),
      betas: [oneCycleMomentum({ steps, warmUpShare }), 0.99],
      epsilon: 1e-5,
      weightDecay,
    });
