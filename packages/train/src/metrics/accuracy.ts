import type { Metric } from '../metric.ts';
import { eachAnswer } from './each-answer.ts';
import { savedPair } from './saved-pair.ts';

/** Fraction of samples whose true class is among the `top` highest logits. Outputs [batch, classes, ...], targets [batch, ...]; with a single logit, values above 0 mean class 1. */
export function accuracy<Top extends number = 1>({ top = 1 as Top }: { readonly top?: Top } = {}): Metric<
  Top extends 1 ? 'accuracy' : `top${Top}Accuracy`
> {
  if (!(Number.isInteger(top) && top >= 1))
    throw new Error(`accuracy expects "top" to be an integer of 1 or more, got ${top}.`);
  return {
    name: (top === 1 ? 'accuracy' : `top${top}Accuracy`) as Top extends 1 ? 'accuracy' : `top${Top}Accuracy`,
    greaterIsBetter: true,
    start() {
      let [right, total] = [0, 0];
      return {
        add(outputs, targets) {
          eachAnswer(outputs, targets, (logits, target) => {
            const own = logits[target]!;
            // Ties go to the lower class, as in argmax.
            let ahead = 0;
            for (let k = 0; k < logits.length; k++) if (logits[k]! > own || (logits[k]! === own && k < target)) ahead++;
            if (ahead < top && !Number.isNaN(own)) right++;
            total++;
          });
        },
        result: () => right / total,
        save: () => [right, total],
        restore: (saved) => void ([right, total] = savedPair(saved)),
      };
    },
  };
}
