import { ReduceOnPlateau } from '@graft/optimizers';
import { accuracy, type TrainState } from '@graft/train';
import { expect, test } from 'vitest';
import { reduceOnPlateau } from './index.ts';

/** Feeds a callback one number per epoch, and returns the optimizer's scale after each. */
const scales = (
  callback: ReturnType<typeof reduceOnPlateau>,
  name: string,
  values: readonly number[],
  warnings: string[] = [],
): number[] => {
  const optimizer = { learningRateScale: 1 };
  const state = (value: number) =>
    ({
      optimizer,
      log: [{ epoch: 1, [name]: value }],
      metrics: [accuracy()],
      logNames: ['epoch', 'loss', 'validationLoss', 'validationAccuracy'],
      warn: (message: string) => warnings.push(message),
    }) as unknown as TrainState;
  void callback.beforeFit?.(state(0));
  return values.map((value) => {
    void callback.afterEpoch?.(state(value));
    return optimizer.learningRateScale;
  });
};
const losses = [1, 0.8, 0.81, 0.82, 0.83, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75];

test('the scale equals the schedule, which is tested against PyTorch', () => {
  const plateau = new ReduceOnPlateau({ from: 1, factor: 0.5, patience: 1, cooldown: 1 });
  const expected = losses.map((loss) => {
    plateau.observe(loss);
    return plateau.schedule(0);
  });
  expect(scales(reduceOnPlateau({ factor: 0.5, patience: 1, cooldown: 1 }), 'validationLoss', losses)).toEqual(
    expected,
  );
  expect(new Set(expected).size).toBeGreaterThan(2);
});
test('takes the direction from the metric and warns of each reduction', () => {
  const warnings: string[] = [];
  const callback = reduceOnPlateau({ monitor: 'validationAccuracy', patience: 0 });
  expect(scales(callback, 'validationAccuracy', [0.5, 0.6, 0.7, 0.7], warnings)).toEqual([1, 1, 1, 0.1]);
  expect(warnings).toEqual([
    'validationAccuracy has not improved on 0.700: the learning rate is reduced to 10.0 % of its schedule.',
  ]);
});
test('can be saved and resumed', () => {
  const [first, second] = [
    reduceOnPlateau({ factor: 0.5, patience: 1 }),
    reduceOnPlateau({ factor: 0.5, patience: 1 }),
  ];
  const whole = scales(reduceOnPlateau({ factor: 0.5, patience: 1 }), 'loss', losses);
  const start = scales(first, 'loss', losses.slice(0, 4));
  second.restore!(JSON.parse(JSON.stringify(first.save!())), new Map());
  expect([...start, ...scales(second, 'loss', losses.slice(4))]).toEqual(whole);
});
