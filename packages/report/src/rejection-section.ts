import { htmlTable } from './html-table.ts';
import { markup } from './markup.ts';
import { counted, percent, shortNumber } from './quantities.ts';
import type { ReportSection } from './report-section.ts';
import { thresholdHistogram } from './threshold-histogram.ts';

/** How the run refuses unknown inputs, with histograms of the scores of known and unknown examples. */
export const rejectionSection: ReportSection = {
  name: 'rejection',
  title: 'Unknown inputs',
  lead: 'Inputs with a low confidence, or far from the training examples, are refused as unknown. The thresholds were set on held-out examples.',
  order: 45,
  render({ rejection, noun: [one] }) {
    if (!rejection) return undefined;
    const { share, known, knownRefused, testRefused, unknown } = rejection;
    const rows = [
      [`held-out ${one}`, String(known.length), percent(knownRefused / known.length), `at most ${percent(share)}`],
      ...(testRefused === undefined ? [] : [[`test ${one}`, '', percent(testRefused), '']]),
      ...(unknown
        ? [
            [
              `unknown ${one}`,
              String(unknown.examples),
              percent(unknown.refused),
              `AUROC ${unknown.aurocDistance.toFixed(3)} by distance, ${unknown.aurocConfidence.toFixed(3)} by confidence`,
            ],
          ]
        : []),
    ];
    const histogram = (title: string, score: 'confidence' | 'distance', side: 'below' | 'beyond') =>
      thresholdHistogram(`${title}: refused ${side} ${shortNumber(rejection[score])}`, {
        threshold: rejection[score],
        known: known.map((each) => each[score]),
        unknown: unknown?.scores.map((each) => each[score]) ?? [],
        axis: score,
      });
    return markup`${htmlTable('Refused', ['examples', 'number', 'refused', ''], rows)}
${histogram('Confidence', 'confidence', 'below')}${histogram('Distance to training examples', 'distance', 'beyond')}${
      unknown
        ? ''
        : markup`<p class="lead">${counted(known.length, `held-out ${one}`)} only: how many unknown inputs are refused has not been measured.</p>`
    }`;
  },
};
