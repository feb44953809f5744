/** What a run writes, the summary last: a folder that has one is complete. */
export const results = [
  'model.onnx',
  'checkpoint',
  'predictions.png',
  'report.html',
  'model-card.md',
  'labels.txt',
  'summary.json',
] as const;
/** What it writes on its way: how it began, and for each phase checkpoints, and logs where asked for. */
const onTheWay = ['run.json', 'phases'] as const;
/** All of them. */
export const fileNames = [...results, ...onTheWay] as const;

/** Whether a file that travels with the model may be called this: a plain file name that the run itself does not use. */
export const isCompanion = (name: string): boolean =>
  /^\w(?:[\w .-]{0,98}\w)?$/.test(name) && !(fileNames as readonly string[]).includes(name.toLowerCase()); // some disks ignore case
