import { markup, type ReportSection, scatterChart } from '@graft/report';

/** Points of a chart at most. */
const most = 1000;

/** Each prediction over the true number. */
export const predictedSection: ReportSection = {
  name: 'predicted',
  title: 'Predicted and true',
  order: 30,
  render: ({ names, examples }) =>
    markup`<div class="charts">${names.map((title, k) =>
      scatterChart(
        title,
        examples.slice(0, most).map(({ name, values, label }) => ({
          truth: (label as Float32Array)[k]!,
          predicted: values[k]!,
          label: name,
        })),
      ),
    )}</div>`,
};
