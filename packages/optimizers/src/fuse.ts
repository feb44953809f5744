import type { AdamUpdate, SgdUpdate } from '@graft/tensor';
import type { GradientTransform, Part, Slot } from './gradient-transform.ts';
import type { Schedule } from './schedule.ts';

/** A chain as a fused backend update: its name, and its arguments for a parameter and a step. */
export interface FusedStep {
  readonly update: 'sgd' | 'momentum' | 'adam';
  attrs(slot: Slot, step: number): SgdUpdate | AdamUpdate;
}

/** Recognises SGD with or without momentum, Adam and AdamW, however they were chained; undefined for any other transform. */
export function fuse({ parts = [] }: GradientTransform): FusedStep | undefined {
  const rest = [...parts];
  const take = <K extends Part['kind']>(kind: K): Extract<Part, { kind: K }> | undefined =>
    rest[0]?.kind === kind ? (rest.shift() as Extract<Part, { kind: K }>) : undefined;
  const before = take('decay')?.rate ?? 0;
  const adam = take('adam');
  const momentum = adam ? undefined : take('momentum');
  const after = adam ? (take('decay')?.rate ?? 0) : 0;
  const schedule = take('learningRate')?.schedule;
  if (!schedule || rest.length) return undefined;
  const common = (slot: Slot, step: number): { decay: number; learningRate: number } => ({
    decay: before * slot.weightDecay,
    learningRate: rate(schedule, slot, step),
  });
  if (!adam)
    return {
      update: momentum ? 'momentum' : 'sgd',
      attrs: (slot, step) => ({
        ...common(slot, step),
        momentum: momentum?.decay(step) ?? 0,
        nesterov: momentum?.nesterov ?? false,
      }),
    };
  return {
    update: 'adam',
    attrs(slot, step) {
      const betas = [adam.betas[0](step), adam.betas[1]] as const;
      return {
        ...common(slot, step),
        decoupledDecay: after * slot.weightDecay,
        betas,
        epsilon: adam.epsilon,
        corrections: [1 - betas[0] ** (step + 1), 1 - betas[1] ** (step + 1)],
      };
    },
  };
}

const rate = (schedule: Schedule, slot: Slot, step: number): number => schedule(step) * slot.learningRate;
