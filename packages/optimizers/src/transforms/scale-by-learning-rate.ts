import { mul } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';
import { asSchedule, type Schedule } from '../schedule.ts';

/** Multiplies by −learning rate, which may depend on the step and the parameter group. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform {
  checkLearningRate(learningRate);
  const schedule = asSchedule(learningRate);
  return {
    ...stateless('scaleByLearningRate', (grad, slot, step) => mul(grad, -schedule(step) * slot.learningRate)),
    parts: [{ kind: 'learningRate', schedule }],
    learningRate: schedule,
  };
}

/** Rejects anything but a schedule or a non-negative number. */
export function checkLearningRate(learningRate: unknown): void {
  if (typeof learningRate === 'function' || (typeof learningRate === 'number' && learningRate >= 0)) return;
  throw new Error(
    `A learning rate must be 0 or more, got ${typeof learningRate === 'number' ? learningRate : (JSON.stringify(learningRate) ?? 'none')}. Set "learningRate" to a number or a schedule.`,
  );
}
