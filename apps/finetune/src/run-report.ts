import { counted, duration, percent } from './quantities.ts';
import type { Summary } from './run-folder.ts';

/** A finished run for a terminal. */
export const runReport = (summary: Summary, path: string): string => `
validation accuracy ${percent(summary.validationAccuracy)} on ${counted(Number(summary['validationImages']), 'image')} · ${duration(summary.trainSeconds)} of training, ${summary.imagesPerSecond.toFixed(0)} images/s
${summary.trainableParameters.toLocaleString('en')} of ${summary.parameters.toLocaleString('en')} parameters learned · ${counted(summary.frozenTensors, 'frozen tensor')}, ${summary.frozenTensorsChanged} changed
written to ${path}: model.onnx, labels.txt, summary.json, predictions.png, report.html, model-card.md, checkpoint/
try it: graft predict --model ${path} <images…>`;
