import { htmlTable, markup, type ReportSection } from '@graft/report';

/** The most labels for which a table of pairs can be taken in. */
const mostPaired = 20;

/** Which labels occur together, in truth and in predictions. */
export const labelPairsSection: ReportSection = {
  name: 'label-pairs',
  title: 'Labels that occur together',
  lead: 'Examples that have both labels / that were predicted to have both.',
  order: 32,
  render({ names, examples }) {
    if (names.length > mostPaired) return markup`<p>${names.length} labels are too many for a table of pairs.</p>`;
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
