import { counted, duration } from './quantities.ts';
import type { Summary } from './run-folder.ts';
import type { CrossValidation } from './run/cross-validate.ts';
import type { Task } from './task/task.ts';
import { taskOf } from './task/tasks.ts';

/** A finished run for a terminal. */
export const runReport = (summary: Summary, path: string): string => `
validation ${scoresOf(summary)} on ${counted(Number(summary['validationImages']), 'image')} · ${duration(summary.trainSeconds)} of training, ${summary.imagesPerSecond.toFixed(0)} images/s${summary.folds ? `\n${foldsText(summary.folds, taskOf(summary))}` : ''}
${summary.trainableParameters.toLocaleString('en')} of ${summary.parameters.toLocaleString('en')} parameters learned · ${counted(summary.frozenTensors, 'frozen tensor')}, ${summary.frozenTensorsChanged} changed
written to ${path}: model.onnx, labels.txt, summary.json, predictions.png, report.html, model-card.md, checkpoint/
try it: graft predict --model ${path} <images…>`;

/** `accuracy 93.5 %`: all metrics of the run's task, with their titles. */
function scoresOf({ task, validation = {} }: Summary): string {
  const { titles, show } = taskOf({ task });
  return Object.entries(validation).map(([name, value]) => `${titles[name] ?? name} ${show(name, value)}`).join(', ');
}

/** `5 folds: accuracy 93.5 % ± 1.2 % (95.0 %, …)`: the score of each, and mean ± deviation of all metrics. */
export function foldsText({ count, mean, deviation, each }: CrossValidation, { score, titles, show }: Task): string {
  const all = Object.entries(mean).map(([name, value]) => `${titles[name] ?? name} ${show(name, value)} ± ${show(name, deviation[name]!)}`);
  return `${count} folds: ${all.join(', ')} (${titles[score]!} ${each.map((scores) => show(score, scores[score]!)).join(', ')})`;
}
