import type { Metric } from '../metric.ts';
import { classesOf, eachAnswer, softmax } from './each-answer.ts';

/** Area under the ROC curve: the probability that a positive is ranked above a negative (Fawcett 2006). With more than two classes, the mean of one class against the rest. Keeps every score in memory. */
export const rocAuc = (): Metric<'rocAuc'> => ranking('rocAuc', areaUnderRoc);
/** Area under the precision-recall curve, as scikit-learn's `average_precision_score`. With more than two classes, the mean of one class against the rest. Keeps every score in memory. */
export const averagePrecision = (): Metric<'averagePrecision'> => ranking('averagePrecision', averagePrecisionOf);

/** A metric from the scores of positives (1) and negatives (0), averaged over classes that have both. */
function ranking<Name extends string>(
  name: Name,
  measure: (scores: readonly number[], truth: readonly number[]) => number,
): Metric<Name> {
  return {
    name,
    greaterIsBetter: true,
    start() {
      let columns: number[][] | undefined;
      const truth: number[] = [];
      return {
        add(outputs, targets) {
          const classes = classesOf(outputs);
          columns ??= Array.from({ length: classes === 2 ? 1 : classes }, () => []);
          eachAnswer(outputs, targets, (logits, target) => {
            truth.push(target);
            if (columns!.length === 1) columns![0]!.push(logits[1]! - logits[0]!);
            else for (const [k, probability] of softmax(logits).entries()) columns![k]!.push(probability);
          });
        },
        result() {
          const areas = (columns ?? []).flatMap((scores, k, { length }) => {
            const own = truth.map((target) => Number(target === (length === 1 ? 1 : k)));
            return own.includes(1) && own.includes(0) ? [measure(scores, own)] : [];
          });
          return areas.length ? areas.reduce((a, b) => a + b, 0) / areas.length : Number.NaN;
        },
        save: () => columns && { columns, truth },
        restore(saved) {
          if (!saved) return;
          const { columns: scores, truth: targets } = saved as { columns: (number | null)[][]; truth: number[] };
          columns = scores.map((column) => column.map((score) => score ?? Number.NaN)); // JSON has no NaN
          truth.splice(0, truth.length, ...targets);
        },
      };
    },
  };
}

/** Calls `visit` with the number of positives and negatives in each group of equal scores, highest score first. */
function eachGroup(
  scores: readonly number[],
  truth: readonly number[],
  visit: (positives: number, negatives: number) => void,
): void {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  for (let i = 0; i < order.length;) {
    const score = scores[order[i]!]!;
    let [positives, negatives] = [0, 0];
    do {
      if (truth[order[i]!]) positives++;
      else negatives++;
      i++;
    } while (i < order.length && scores[order[i]!] === score);
    visit(positives, negatives);
  }
}

function areaUnderRoc(scores: readonly number[], truth: readonly number[]): number {
  if (scores.some(Number.isNaN)) return Number.NaN;
  let [above, area, negativesSeen] = [0, 0, 0];
  eachGroup(scores, truth, (positives, negatives) => {
    area += negatives * (above + positives / 2); // ties count half
    above += positives;
    negativesSeen += negatives;
  });
  return area / (above * negativesSeen);
}

/** Area under the precision-recall curve, where `truth` is 1 or 0; NaN without positives. */
export function averagePrecisionOf(scores: readonly number[], truth: readonly number[]): number {
  if (scores.some(Number.isNaN)) return Number.NaN;
  let [found, seen, area] = [0, 0, 0];
  eachGroup(scores, truth, (positives, negatives) => {
    found += positives;
    seen += positives + negatives;
    area += positives * (found / seen);
  });
  return area / found;
}
