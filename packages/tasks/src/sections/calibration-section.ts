import { markup, percent, reliabilityDiagram, type ReportSection } from '@graft/report';
import { Calibration } from '@graft/train';

/** Shows whether predictions with a confidence of 80 % are correct 80 % of the time. */
export const calibrationSection: ReportSection = {
  name: 'calibration',
  title: 'Calibration',
  order: 60,
  render({ examples, names }) {
    if (!examples.length) return undefined;
    const calibration = new Calibration({ bins: 10 });
    for (const { values, label } of examples) calibration.add({ values, shape: [1, names.length] }, [label as number]);
    const error = calibration.error();
    return markup`<div class="charts">${reliabilityDiagram('Confidence and accuracy', calibration.bins())}<p class="figure-side">Expected calibration error: <strong>${percent(error)}</strong>. ${error > 0.1 ? 'The model is overconfident or underconfident; label smoothing or more examples may help.' : ''}</p></div>`;
  },
};
