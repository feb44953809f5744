import { mul } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';
import { asSchedule, type Schedule } from '../schedule.ts';

/** Turns a direction into a step downhill: times −learning rate, which may change with the step and by parameter group. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform {
  checkLearningRate(learningRate);
  const schedule = asSchedule(learningRate);
  return {
    ...stateless('scaleByLearningRate', (grad, slot, step) => mul(grad, -schedule(step) * slot.learningRate)),
    parts: [{ kind: 'learningRate', schedule }],
    learningRate: schedule,
  };
}

/** Refuses what is neither a schedule nor a number of 0 or more. */
export function checkLearningRate(learningRate: unknown): void {
  if (typeof learningRate === 'function' || (typeof learningRate === 'number' && learningRate >= 0)) return;
  throw new Error(
    `A learning rate must be 0 or more, got ${typeof learningRate === 'number' ? learningRate : (JSON.stringify(learningRate) ?? 'none')}. Give "learningRate" a number or a schedule.`,
  );
}
