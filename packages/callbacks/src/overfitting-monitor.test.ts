import type { TrainState } from '@graft/train';
import { expect, test } from 'vitest';
import { overfittingMonitor } from './overfitting-monitor.ts';

const watch = (validation: readonly number[], training: readonly number[]): string[] => {
  const warnings: string[] = [];
  const monitor = overfittingMonitor({ patience: 2 });
  const log = validation.map((validationLoss, i) => ({ epoch: i + 1, loss: training[i]!, validationLoss }));
  for (let n = 1; n <= log.length; n++)
    void monitor.afterEpoch!({
      log: log.slice(0, n),
      warn: (message: string) => warnings.push(message),
    } as unknown as TrainState);
  return warnings;
};

test('warns once about a widening gap, with possible fixes', () => {
  expect(watch([1, 0.8, 0.85, 0.9, 0.95], [1, 0.7, 0.6, 0.5, 0.4])).toEqual([
    expect.stringContaining(
      'Overfitting since epoch 2: the validation loss rose from 0.800 to 0.900 while the training loss fell to 0.500; try earlyStopping',
    ),
  ]);
});
test.each<[string, number[], number[]]>([
  ['improves', [1, 0.8, 0.7, 0.6], [1, 0.7, 0.5, 0.3]],
  ['gets worse on both', [1, 0.8, 0.9, 1.2], [1, 0.7, 0.75, 0.8]],
  ['stays about the same', [1, 0.8, 0.805, 0.81], [1, 0.7, 0.69, 0.68]],
])('does not warn about a run that %s', (_, validation, training) => expect(watch(validation, training)).toEqual([]));
