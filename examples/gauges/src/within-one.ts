import type { Metric } from '@graft/train';
import { eachGrade } from './grade-of.ts';

/** The fraction of predictions that are at most one grade off. Outputs are log-probabilities or logits [batch, grades]. */
export function withinOne(): Metric<'withinOne'> {
  return {
    name: 'withinOne',
    greaterIsBetter: true,
    start() {
      let [near, all] = [0, 0];
      return {
        add: (outputs, targets) =>
          eachGrade(outputs, targets, 'mode', (grade, truth) => {
            near += Number(Math.abs(grade - truth) <= 1);
            all++;
          }),
        result: () => near / all,
        save: () => [near, all],
        restore: (saved) => void ([near, all] = saved as [number, number]),
      };
    },
  };
}
