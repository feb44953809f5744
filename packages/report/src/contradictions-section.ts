import { htmlTable } from './html-table.ts';
import { markup } from './markup.ts';
import { counted } from './quantities.ts';
import type { ReportSection } from './report-section.ts';

const maxShown = 100;

/** Examples that are the same and have different labels. */
export const contradictionsSection: ReportSection = {
  name: 'contradictions',
  title: 'Contradictions',
  lead: 'Examples that are the same, but have different labels: at least one of each pair is wrong.',
  order: 70,
  render({ contradictions, noun: [one] }) {
    if (!contradictions) return undefined;
    const { count, complete, pairs } = contradictions;
    const rows = pairs
      .slice(0, maxShown)
      .map(({ names, labels, exact }) => [
        names[0],
        labels[0],
        names[1],
        labels[1],
        exact ? 'identical' : 'nearly the same',
      ]);
    const more = pairs.length - rows.length;
    return markup`<p>${complete ? '' : 'At least '}${counted(count, one)} in ${counted(pairs.length, 'pair')}.</p>${htmlTable('Contradictions', [one, 'label', one, 'label', ''], rows)}${more ? markup`<p class="lead">${counted(more, 'more pair')} in summary.json.</p>` : ''}`;
  },
};
