import type { App } from '@graft/plugin';
import { counted, duration, interval, percent, shortNumber } from '@graft/report';
import type { Objective } from '@graft/tasks';
import { foldsText } from './describe-folds.ts';
import { runObjective } from './run-objective.ts';
import type { Summary } from './summary.ts';
import type { RejectionSummary } from './unknown-inputs.ts';

/** Describes a finished run as text: its scores, training time and parameters. */
export function describeRun(app: App, summary: Summary): string {
  const objective = runObjective(app, summary);
  const { titles, show } = objective;
  const described = (scores: Readonly<Record<string, number>> = {}): string =>
    Object.entries(scores)
      .map(([name, value]) => `${titles[name] ?? name} ${show(name, value)}`)
      .join(', ');
  return [
    summary.validation
      ? `validation: ${described(summary.validation)} on ${counted(Number(summary['validationImages']), 'example')}${confidence(summary)}`
      : 'validation: no held-out examples',
    ...(summary.test
      ? [`test: ${described(summary.test)} on ${counted(Number(summary['testImages']), 'example')}`]
      : []),
    ...(summary.rejection ? [rejectionText(summary.rejection)] : []),
    ...(summary.folds ? [foldsText(summary.folds, objective)] : []),
    `training: ${duration(summary.trainSeconds)}, ${summary.imagesPerSecond.toFixed(0)} examples/s`,
    ...(summary.outcome ?? []),
    ...comparison(summary, objective),
    `parameters: ${summary.trainableParameters.toLocaleString('en')} of ${summary.parameters.toLocaleString('en')} trained${summary.frozenTensors ? `; ${summary.frozenTensorsChanged} of ${counted(summary.frozenTensors, 'frozen tensor')} changed` : ''}`,
  ].join('\n');
}

/** `unknown inputs: refused below a confidence of 62.1 % or beyond a distance of 0.31: 2 of 60 held-out examples; 92.5 % of 40 unknown examples (AUROC 0.980 by distance, 0.910 by confidence)`. */
function rejectionText({ confidence, distance, known, knownRefused, unknown }: RejectionSummary): string {
  const measured = unknown
    ? `; ${percent(unknown.refused)} of ${counted(unknown.examples, 'unknown example')} (AUROC ${unknown.aurocDistance.toFixed(3)} by distance, ${unknown.aurocConfidence.toFixed(3)} by confidence)`
    : '';
  return `unknown inputs: refused below a confidence of ${percent(confidence)} or beyond a distance of ${shortNumber(distance)}: ${knownRefused} of ${counted(known, 'held-out example')}${measured}`;
}

/** The confidence interval of an accuracy: ` (95 % confidence interval: 51.0 % to 100.0 %)`. */
function confidence({ validationAccuracy, validationImages }: Summary): string {
  const images = Number(validationImages);
  if (validationAccuracy === null || !(images > 0)) return '';
  const [low, high] = interval(Math.round(validationAccuracy * images), images);
  return ` (95 % confidence interval: ${percent(low)} to ${percent(high)})`;
}

/** Scores of simple methods on the same held-out examples: `compare: 5 nearest neighbours 81.0 %, linear probe 93.0 %`. */
function comparison({ baselines = [] }: Summary, { score, show }: Pick<Objective, 'score' | 'show'>): string[] {
  if (!baselines.length) return [];
  return [`compare: ${baselines.map((one) => `${one.name} ${show(score, one.score)}`).join(', ')}`];
}
