import { add, div, mul, sqrt, square, sub } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { recurrence } from '../recurrence.ts';
import { asSchedule, type Schedule } from '../schedule.ts';
import { checkEpsilon } from './check-epsilon.ts';
import { checkBetas } from './scale-by-adam.ts';
import { checkLearningRate } from './scale-by-learning-rate.ts';

/** Options of {@link scheduleFreeAdamW}. */
export interface ScheduleFreeOptions {
  /** Usually constant after a short warm-up; no decay needed. */
  readonly learningRate: number | Schedule;
  /** Weight of the average in the point where gradients are computed, and decay rate of their squares. */
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

/**
 * Schedule-free AdamW: averages weights instead of decaying the learning rate (Defazio et al. 2024). Gradients are computed between the average and the
 * fast weights; use {@link Optimizer.useEvaluationWeights} to evaluate and save the average.
 */
export function scheduleFreeAdamW({
  learningRate,
  betas: [b1, b2] = [0.9, 0.999],
  epsilon = 1e-8,
  weightDecay = 0,
}: ScheduleFreeOptions): GradientTransform {
  checkEpsilon('scheduleFreeAdamW', epsilon);
  checkLearningRate(learningRate);
  if (!(weightDecay >= 0)) throw new Error(`A weight decay must be 0 or more, got ${weightDecay}.`);
  checkBetas('scheduleFreeAdamW', b1, b2);
  if (b1 === 0)
    throw new Error(
      'scheduleFreeAdamW expects a first beta above 0: the average cannot be recovered from a weight of 0.',
    );
  const rate = asSchedule(learningRate);
  const greatest = recurrence(0, (before, step) => Math.max(before, rate(step)));
  const weights = recurrence(0, (before, step) => before + greatest(step) ** 2);
  return {
    name: 'scheduleFreeAdamW',
    learningRate: rate,
    init: (slots) => [zerosFor(slots), slots.map(({ value }) => mul(value, 1))],
    update(grads, [squares, fast], slots, step) {
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, b2), mul(square(grad), 1 - b2)));
      const directions = grads.map((grad, i) => {
        const scaled = div(grad, add(sqrt(mul(nextSquares[i]!, 1 / (1 - b2 ** (step + 1)))), epsilon));
        const decay = weightDecay * slots[i]!.weightDecay;
        return decay ? add(scaled, mul(slots[i]!.value, decay)) : scaled;
      });
      const share = weights(step) ? greatest(step) ** 2 / weights(step) : 0;
      const updates = slots.map(({ value, learningRate }, i) =>
        add(mul(sub(fast![i]!, value), share), mul(directions[i]!, rate(step) * learningRate * (b1 * (1 - share) - 1))),
      );
      return [
        updates,
        [nextSquares, fast!.map((z, i) => sub(z, mul(directions[i]!, rate(step) * slots[i]!.learningRate)))],
      ];
    },
    evaluated: ([, fast], slots) => slots.map(({ value }, i) => add(value, mul(sub(fast![i]!, value), 1 - 1 / b1))),
  };
}
