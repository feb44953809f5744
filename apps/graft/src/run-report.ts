import { foldsText, shellWord, type Summary } from '@graft/finetune';
import type { App } from '@graft/plugin';
import { counted, duration, interval, percent, type Scoring } from '@graft/report';
import { objective } from '@graft/tasks';

/** What a run predicts; runs that name nothing predict classes. */
export const scoringOf = (
  app: App,
  { task = 'classification', taskOptions = {} }: Pick<Summary, 'task' | 'taskOptions'>,
): Scoring & { readonly name: string } => app.get(objective, task).create(taskOptions, app);

/** A finished run for a terminal. */
export function runReport(app: App, summary: Summary, path: string): string {
  const { titles, show } = scoringOf(app, summary);
  const scores = Object.entries(summary.validation ?? {}).map(
    ([name, value]) => `${titles[name] ?? name} ${show(name, value)}`,
  );
  const kept = Object.entries(summary.best ?? {}).map(([phase, epoch]) => `${phase}: epoch ${epoch}`);
  return `
validation ${scores.join(', ')} on ${counted(Number(summary['validationImages']), 'example')}${doubt(summary)} · ${duration(summary.trainSeconds)} of training, ${summary.imagesPerSecond.toFixed(0)} examples/s${summary.folds ? `\n${foldsText(summary.folds, scoringOf(app, summary))}` : ''}
trained ${summary.trainableParameters.toLocaleString('en')} of ${summary.parameters.toLocaleString('en')} parameters · ${counted(summary.frozenTensors, 'frozen tensor')}, ${summary.frozenTensorsChanged} changed${kept.length ? ` · kept weights: ${kept.join(', ')}` : ''}
written to ${path}: model.onnx, labels.txt, summary.json, predictions.png, report.html, model-card.md, checkpoint/
try it: graft predict --model ${shellWord(path)} <files…>`;
}

/** How uncertain an accuracy on few examples is: ` (95 %: 51.0 % to 100.0 %)`. */
function doubt({ validationAccuracy, validationImages }: Summary): string {
  const images = Number(validationImages);
  if (validationAccuracy === null || !(images > 0)) return '';
  const [low, high] = interval(Math.round(validationAccuracy * images), images);
  return ` (95 %: ${percent(low)} to ${percent(high)})`;
}
