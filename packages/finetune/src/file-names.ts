/** Files of a finished run. The summary is written last, so a folder with a summary is complete. */
export const results = [
  'model.onnx',
  'checkpoint',
  'predictions.json',
  'predictions.png',
  'report.html',
  'model-card.md',
  'labels.txt',
  'summary.json',
] as const;
/** Files of a running or interrupted run: its settings, and checkpoints and logs by phase. */
const intermediate = ['run.json', 'phases'] as const;
/** All files of a run. */
export const fileNames = [...results, ...intermediate] as const;

/** Whether a companion file of the model may have this name: a plain file name that the run itself does not use. */
export const isCompanion = (name: string): boolean =>
  /^\w(?:[\w .-]{0,98}\w)?$/.test(name) && !(fileNames as readonly string[]).includes(name.toLowerCase()); // some disks ignore case
