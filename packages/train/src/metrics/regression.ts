import { showShape } from '@graft/tensor';
import type { Metric, Outputs } from '../metric.ts';
import { savedPair } from './saved-pair.ts';

/** Mean absolute error, with one target per output. */
export const meanAbsoluteError = (): Metric<'meanAbsoluteError'> =>
  meanOf('meanAbsoluteError', (prediction, target) => Math.abs(prediction - target));
/** Root mean squared error, with one target per output. */
export const rootMeanSquaredError = (): Metric<'rootMeanSquaredError'> =>
  meanOf('rootMeanSquaredError', (prediction, target) => (prediction - target) ** 2, Math.sqrt);
/** Mean absolute error relative to the target, as a fraction. A target of 0 counts as 2⁻⁵², as in scikit-learn. */
export const meanAbsolutePercentageError = (): Metric<'meanAbsolutePercentageError'> =>
  meanOf(
    'meanAbsolutePercentageError',
    (prediction, target) => Math.abs(prediction - target) / Math.max(Math.abs(target), Number.EPSILON),
  );

/** Coefficient of determination, 1 − (sum of squared errors) / (sum of squares about the mean): 1 is perfect, 0 is as good as predicting the mean. With outputs [batch, ...], the mean over a sample's outputs. */
export const r2 = (): Metric<'r2'> => ({
  name: 'r2',
  greaterIsBetter: true,
  start() {
    let columns: { count: number; mean: number; spread: number; errors: number }[] | undefined;
    return {
      add(outputs, targets) {
        checkCount(outputs, targets);
        const width = outputs.values.length / (outputs.shape[0] ?? 1) || 1;
        columns ??= Array.from({ length: width }, () => ({ count: 0, mean: 0, spread: 0, errors: 0 }));
        for (let i = 0; i < targets.length; i++) {
          const column = columns[i % width]!;
          const target = targets[i]!;
          const distance = target - column.mean; // Welford's running variance, exact over batches
          column.mean += distance / ++column.count;
          column.spread += distance * (target - column.mean);
          column.errors += (outputs.values[i]! - target) ** 2;
        }
      },
      // If all targets are equal: 1 if all predictions are exact, else 0, as in scikit-learn.
      result: () =>
        columns
          ? columns.reduce(
              (sum, { spread, errors }) => sum + (spread ? 1 - errors / spread : Number(errors === 0)),
              0,
            ) / columns.length
          : Number.NaN,
      save: () => columns,
      restore: (saved) => void (columns = saved ? structuredClone(saved as typeof columns) : undefined),
    };
  },
});

const meanOf = <Name extends string>(
  name: Name,
  measure: (prediction: number, target: number) => number,
  finish = (mean: number): number => mean,
): Metric<Name> => ({
  name,
  greaterIsBetter: false,
  start() {
    let [total, count] = [0, 0];
    return {
      add(outputs, targets) {
        checkCount(outputs, targets);
        for (let i = 0; i < targets.length; i++) total += measure(outputs.values[i]!, targets[i]!);
        count += targets.length;
      },
      result: () => finish(total / count),
      save: () => [total, count],
      restore: (saved) => void ([total, count] = savedPair(saved)),
    };
  },
});

function checkCount({ values, shape }: Outputs, targets: ArrayLike<number>): void {
  if (values.length !== targets.length)
    throw new Error(
      `Outputs ${showShape(shape)} need ${values.length} targets, one per output, got ${targets.length}.`,
    );
}
