import { counted, duration, percent } from './quantities.ts';
import { interval } from './report/judge.ts';
import type { Summary } from './run-folder.ts';
import type { CrossValidation } from './run/cross-validate.ts';
import type { Task } from './task/task.ts';
import { taskOf } from './task/tasks.ts';

/** A finished run for a terminal. */
export const runReport = (summary: Summary, path: string): string => `
validation ${scoresOf(summary)} on ${counted(Number(summary['validationImages']), 'image')}${doubt(summary)} · ${duration(summary.trainSeconds)} of training, ${summary.imagesPerSecond.toFixed(0)} images/s${summary.folds ? `\n${foldsText(summary.folds, taskOf(summary))}` : ''}
${summary.trainableParameters.toLocaleString('en')} of ${summary.parameters.toLocaleString('en')} parameters learned · ${counted(summary.frozenTensors, 'frozen tensor')}, ${summary.frozenTensorsChanged} changed
written to ${path}: model.onnx, labels.txt, summary.json, predictions.png, report.html, model-card.md, checkpoint/
try it: graft predict --model ${path} <images…>`;

/** How far a share of few images may be off: ` (95 %: 51.0 % to 100.0 %)`. */
function doubt({ validationAccuracy, validationImages }: Summary): string {
  const images = Number(validationImages);
  if (validationAccuracy === null || !(images > 0)) return '';
  const [low, high] = interval(Math.round(validationAccuracy * images), images);
  return ` (95 %: ${percent(low)} to ${percent(high)})`;
}

/** `accuracy 93.5 %`: all metrics of the run's task, with their titles. */
function scoresOf({ task, validation = {} }: Summary): string {
  const { titles, show } = taskOf({ task });
  return Object.entries(validation)
    .map(([name, value]) => `${titles[name] ?? name} ${show(name, value)}`)
    .join(', ');
}

/** `5 folds: accuracy 93.5 % ± 1.2 % (95.0 %, …)`: the score of each, and mean ± deviation of all metrics. */
export function foldsText({ count, mean, deviation, each }: CrossValidation, { score, titles, show }: Task): string {
  const all = Object.entries(mean).map(
    ([name, value]) => `${titles[name] ?? name} ${show(name, value)} ± ${show(name, deviation[name]!)}`,
  );
  return `${count} folds: ${all.join(', ')} (${titles[score]!} ${each.map((scores) => show(score, scores[score]!)).join(', ')})`;
}
