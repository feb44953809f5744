import { mul } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';
import { asSchedule, type Schedule } from '../schedule.ts';

/** Turns a direction into a step downhill: times −learning rate, which may change with the step and by parameter group. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform {
  if (typeof learningRate === 'number' && !(learningRate >= 0)) throw new Error(`A learning rate must be 0 or more, got ${learningRate}.`);
  const schedule = asSchedule(learningRate);
  return stateless('scaleByLearningRate', (grad, slot, step) => mul(grad, -schedule(step) * slot.learningRate));
}
