import { htmlTable, markup, type ReportSection } from '@graft/report';

/** With more labels, a table of pairs is hard to read. */
const maxLabels = 20;

/** Shows which labels occur together, in the ground truth and in predictions. */
export const labelPairsSection: ReportSection = {
  name: 'label-pairs',
  title: 'Labels that occur together',
  lead: 'Number of examples with both labels: ground truth / predictions.',
  order: 32,
  render({ names, examples }) {
    if (names.length > maxLabels) return markup`<p>${names.length} labels are too many for a table of pairs.</p>`;
    const count = (has: (example: (typeof examples)[number], k: number) => boolean, a: number, b: number): number =>
      examples.filter((example) => has(example, a) && has(example, b)).length;
    const truth = ({ label }: (typeof examples)[number], k: number): boolean => (label as Float32Array)[k] === 1;
    const predicted = ({ values }: (typeof examples)[number], k: number): boolean => values[k]! > 0;
    const rows = names.map((name, a) => [
      name,
      ...names.map((_, b) => `${count(truth, a, b)} / ${count(predicted, a, b)}`),
    ]);
    return htmlTable('Labels that occur together', ['', ...names], rows);
  },
};
