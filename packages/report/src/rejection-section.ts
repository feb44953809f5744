import { htmlTable } from './html-table.ts';
import { type Markup, markup } from './markup.ts';
import { percent, shortNumber } from './quantities.ts';
import type { ReportSection } from './report-section.ts';
import { thresholdHistogram } from './threshold-histogram.ts';

/** How the run refuses unknown inputs, with histograms of the scores of known and unknown examples. */
export const rejectionSection: ReportSection = {
  name: 'rejection',
  title: 'Unknown inputs',
  lead: 'Inputs with a low confidence, or far from the training examples, are refused as unknown. The thresholds were set on held-out examples.',
  order: 45,
  render({ rejection, noun: [, many] }) {
    if (!rejection) return undefined;
    const { share, known, knownRefused, testRefused, unknown } = rejection;
    const rows = [
      [`held-out ${many}`, percent(knownRefused / known.length)],
      ...(testRefused === undefined ? [] : [[`test ${many}`, percent(testRefused)]]),
      ...(unknown ? [[`unknown ${many}`, percent(unknown.refused)]] : []),
    ];
    const measured = unknown
      ? `Area under the ROC curve of ${unknown.examples} unknown ${many}: ${unknown.aurocDistance.toFixed(3)} by distance, ${unknown.aurocConfidence.toFixed(3)} by confidence.`
      : `How many unknown ${many} are refused has not been measured.`;
    const histogram = (title: string, score: 'confidence' | 'distance', side: 'below' | 'beyond'): Markup =>
      thresholdHistogram(`${title}: refused ${side} ${shortNumber(rejection[score])}`, {
        threshold: rejection[score],
        known: known.map((each) => each[score]),
        unknown: unknown?.scores.map((each) => each[score]) ?? [],
        axis: score,
      });
    return markup`${htmlTable('Refused', ['', 'refused'], rows)}
<p>At most ${percent(share)} of the ${known.length} held-out ${many} may be refused. ${measured}</p>
<div class="charts">${histogram('Confidence', 'confidence', 'below')}${histogram('Distance', 'distance', 'beyond')}</div>`;
  },
};
