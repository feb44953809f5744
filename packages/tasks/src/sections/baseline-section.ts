import { htmlTable, type ReportedRun, type ReportSection } from '@graft/report';
import { meanAbsoluteError, rootMeanSquaredError } from '@graft/train';

interface Errors {
  readonly absolute: number;
  readonly squared: number;
}

/** The model's errors for each target, and those of a baseline that always predicts the mean of the training examples. */
export function baselines({
  names,
  examples,
  trainingLabels,
}: Pick<ReportedRun, 'names' | 'examples' | 'trainingLabels'>): {
  readonly name: string;
  readonly model: Errors;
  readonly mean: Errors;
}[] {
  return names.map((name, k) => {
    const mean =
      trainingLabels.reduce<number>((sum, label) => sum + (label as Float32Array)[k]!, 0) / trainingLabels.length;
    const truth = examples.map(({ label }) => (label as Float32Array)[k]!);
    const errors = (values: readonly number[]): Errors => {
      const [absolute, squared] = [meanAbsoluteError(), rootMeanSquaredError()].map((metric) => {
        const running = metric.start();
        running.add({ values: Float32Array.from(values), shape: [values.length, 1] }, truth);
        return running.result();
      }) as [number, number];
      return { absolute, squared };
    };
    return { name, model: errors(examples.map(({ values }) => values[k]!)), mean: errors(truth.map(() => mean)) };
  });
}

/** Compares the model with a constant prediction. */
export const baselineSection: ReportSection = {
  name: 'baseline',
  title: 'Comparison with a baseline',
  lead: 'The baseline predicts the mean of the training examples for every example. A useful model has smaller errors.',
  order: 34,
  render(run) {
    const { show } = run.objective;
    const rows = baselines(run).map(({ name, model, mean }) => [
      name,
      show('meanAbsoluteError', model.absolute),
      show('meanAbsoluteError', mean.absolute),
      show('rootMeanSquaredError', model.squared),
      show('rootMeanSquaredError', mean.squared),
    ]);
    return htmlTable(
      'Errors of the model and the baseline',
      ['number', 'mean absolute error', 'baseline', 'root mean squared error', 'baseline'],
      rows,
    );
  },
};
