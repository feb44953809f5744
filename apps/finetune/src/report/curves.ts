import type { EpochLog } from '@graft/train';
import { lineChart, type Series } from './charts.ts';
import type { Markup } from './markup.ts';

/** Loss and accuracy of each epoch, on what is learned from and on what is held back, as far as the log has them. */
export function curves(log: readonly EpochLog[]): Markup[] {
  const of = (names: readonly string[]): Series[] => names.flatMap((name, look) => (log.some((epoch) => name in epoch) ? [{ name: look ? 'validation' : 'training', look: look as 0 | 1, values: log.map((epoch) => epoch[name] ?? Number.NaN) }] : []));
  const [losses, scores] = [of(['loss', 'validationLoss']), of(['accuracy', 'validationAccuracy'])];
  return [...(losses.length ? [lineChart('Loss', losses)] : []), ...(scores.length ? [lineChart('Accuracy', scores, { percent: true })] : [])];
}
