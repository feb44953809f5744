import { markup, type ReportSection, scatterChart } from '@graft/report';

const maxPoints = 1000;

/** Scatter plots of predictions over true values. */
export const predictedSection: ReportSection = {
  name: 'predicted',
  title: 'Predicted and true values',
  order: 30,
  render: ({ names, examples }) =>
    markup`<div class="charts">${names.map((title, k) =>
      scatterChart(
        title,
        examples.slice(0, maxPoints).map(({ name, values, label }) => ({
          truth: (label as Float32Array)[k]!,
          predicted: values[k]!,
          label: name,
        })),
      ),
    )}</div>`,
};
