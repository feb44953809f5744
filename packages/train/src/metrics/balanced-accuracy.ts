import type { Metric } from '../metric.ts';
import { eachAnswer } from './each-answer.ts';

/** Mean recall of the classes that occur, so a rare class counts as much as a frequent one. Outputs [batch, classes, ...], targets [batch, ...]; with a single logit, values above 0 mean class 1. */
export function balancedAccuracy(): Metric<'balancedAccuracy'> {
  return {
    name: 'balancedAccuracy',
    greaterIsBetter: true,
    start() {
      let right: number[] = [];
      let total: number[] = [];
      return {
        add(outputs, targets) {
          eachAnswer(outputs, targets, (logits, target) => {
            let best = 0;
            for (let k = 1; k < logits.length; k++) if (logits[k]! > logits[best]!) best = k;
            total[target] = (total[target] ?? 0) + 1;
            right[target] = (right[target] ?? 0) + (best === target && !Number.isNaN(logits[best]!) ? 1 : 0);
          });
        },
        result() {
          const recalls = total.flatMap((count, k) => (count ? [right[k]! / count] : []));
          return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
        },
        save: () => [Array.from(right, (n) => n ?? 0), Array.from(total, (n) => n ?? 0)],
        restore(saved) {
          const isCounts = (list: unknown): list is number[] =>
            Array.isArray(list) && list.every((n) => Number.isInteger(n) && n >= 0);
          if (
            !Array.isArray(saved) ||
            !isCounts(saved[0]) ||
            !isCounts(saved[1]) ||
            saved[0].length !== saved[1].length
          )
            throw new Error('balancedAccuracy cannot be restored: the checkpoint holds no counts for it.');
          [right, total] = [[...saved[0]], [...saved[1]]];
        },
      };
    },
  };
}
