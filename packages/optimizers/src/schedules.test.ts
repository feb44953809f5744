import { expect, test } from 'vitest';
import { createApp } from '@graft/plugin';
import { Parameter, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { readFileSync } from 'node:fs';
import {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inTurn,
  inverseTime,
  layerWiseDecay,
  linear,
  multiStep,
  oneCycle,
  oneCycleMomentum,
  optimizersPlugin,
  polynomial,
  ReduceOnPlateau,
  reduceOnPlateau,
  type Schedule,
  schedule,
  stepDecay,
  warmUp,
} from './index.ts';

const golden = JSON.parse(readFileSync(new URL('./schedules.golden.json', import.meta.url), 'utf8')) as Record<
  string,
  number[]
>;
/** Every fourth of two hundred steps, and the last. */
const pick = (values: readonly number[]): number[] => [...values.filter((_, i) => i % 4 === 0), values.at(-1)!];
const run = (schedule: Schedule): number[] => pick(Array.from({ length: 200 }, (_, step) => schedule(step)));
const app = await createApp([optimizersPlugin]);

const cycle = { steps: 200, warmUpShare: (0.3 * 201 - 1) / 200 };
test.each<[string, Schedule]>([
  ['constant', constant({ value: 0.5 })],
  ['linear', linear({ from: 0.5, to: 0.1, steps: 150 })],
  ['polynomial', polynomial({ from: 0.5, steps: 150 })],
  ['cosine', cosine({ from: 0.5, to: 0.01, steps: 200 })],
  ['cosineRestarts', cosineRestarts({ from: 0.5, to: 0.01, steps: 50 })],
  ['cosineRestarts doubled', cosineRestarts({ from: 0.5, steps: 20, factor: 2 })],
  ['stepDecay', stepDecay({ from: 0.5, factor: 0.5, every: 30 })],
  ['multiStep', multiStep({ from: 0.5, factor: 0.3, milestones: [20, 90, 91] })],
  ['exponential', exponential({ from: 0.5, factor: 0.97 })],
  ['inverseTime', inverseTime({ from: 0.5, rate: 0.05 })],
  ['warmUp', warmUp({ steps: 20, then: exponential({ from: 0.5, factor: 0.98 }) })],
  [
    'inTurn',
    inTurn({ schedules: [constant({ value: 0.05 }), stepDecay({ from: 0.5, factor: 0.5, every: 40 })], steps: [60] }),
  ],
  ['oneCycle', oneCycle({ ...cycle, peak: 0.5, finalDivide: 25e4 })],
  ['oneCycleMomentum', oneCycleMomentum(cycle)],
])('%s matches PyTorch for two hundred steps', (name, schedule) => expectClose(run(schedule), golden[name]!, 1e-8));
test.each(app.all(schedule).map(({ name }) => name))(
  '%s has golden numbers and refuses options that it does not have',
  (name) => {
    expect(golden[name]).toBeDefined();
    expect(() => app.get(schedule, name).create({ nonsense: 1 })).toThrow(`${name} has no option "nonsense".`);
  },
);

const observed = (step: number): number => Math.exp(-step / 40) + 0.2 * Math.sin(step) ** 2;
test.each<[string, ReduceOnPlateau]>([
  ['plateau', reduceOnPlateau({ from: 0.5, patience: 3, factor: 0.5, threshold: 0.01 })],
  [
    'plateau max absolute',
    reduceOnPlateau({
      from: 0.5,
      mode: 'max',
      patience: 5,
      factor: 0.3,
      threshold: 0.001,
      relative: false,
      cooldown: 4,
      least: 0.01,
    }),
  ],
])('%s matches PyTorch, also after save and restore', (name, plateau) => {
  const rates = Array.from({ length: 200 }, (_, step) => {
    plateau.restore(JSON.parse(JSON.stringify(plateau.save())) as ReturnType<ReduceOnPlateau['save']>);
    const before = plateau.schedule(step);
    expect(plateau.observe(observed(step))).toBe(plateau.schedule(step) !== before);
    return plateau.schedule(step);
  });
  expectClose(pick(rates), golden[name]!, 1e-8);
});
test('groups further from the output have lower rates', () => {
  const groups = [1, 2, 3].map((value) => ({ parameters: [new Parameter(tensor([value]))] }));
  expect(layerWiseDecay(groups, { decay: 0.5 }).map(({ learningRate }) => learningRate)).toEqual([0.25, 0.5, 1]);
  const [first] = layerWiseDecay([{ ...groups[0]!, learningRate: (step) => step }, groups[1]!], { decay: 0.5 });
  expect((first!.learningRate as Schedule)(6)).toBe(3);
});
test.each<[() => unknown, string]>([
  [() => cosine({ from: 1, steps: 0 }), 'cosine expects "steps" to be 1 or more steps, got 0.'],
  [() => linear({ from: 1, steps: 5 } as never), 'linear expects "to" to be a number, got undefined.'],
  [() => multiStep({ from: 1, milestones: [-1] }), 'multiStep expects "milestones" to be 1 or more steps, got -1.'],
  [() => multiStep({ from: 1 } as never), 'multiStep expects "milestones" to be a list of steps, got none.'],
  [
    () => warmUp({ steps: 3, then: 'cosine' as never }),
    'warmUp expects "then" to be a number or a schedule, got "cosine".',
  ],
  [() => inTurn({ steps: [] } as never), 'inTurn expects "schedules" and "steps" to be lists.'],
  [() => inTurn({ schedules: [constant({ value: 1 })], steps: [3] }), 'inTurn has 1 schedules and 1 lengths.'],
  [() => cosineRestarts({ from: 1, steps: 5, factor: 0.5 }), 'cosineRestarts expects a factor of 1 or more, got 0.5.'],
  [
    () => oneCycleMomentum({ steps: 5, low: 0.99 }),
    'oneCycleMomentum expects momenta above 0 and below 1, got 0.99 and 0.95.',
  ],
  [() => layerWiseDecay([], { decay: 2 }), 'layerWiseDecay expects a decay in (0, 1], got 2.'],
  [() => reduceOnPlateau({ from: 1, factor: 2 }), 'reduceOnPlateau expects a factor between 0 and 1, got 2.'],
  [() => reduceOnPlateau({ from: 1, patience: -1 }), 'reduceOnPlateau expects "patience" to be 0 or more, got -1.'],
])('an invalid argument gives a clear error: %#', (make, message) => expect(make).toThrow(message));

test('linear and cosine go from one value to another and stay there', () => {
  for (const schedule of [linear({ from: 1, to: 0.2, steps: 10 }), cosine({ from: 1, to: 0.2, steps: 10 })])
    expect([schedule(0), schedule(5), schedule(10), schedule(99)].map((v) => +v.toFixed(6))).toEqual([
      1, 0.6, 0.2, 0.2,
    ]);
});
test('step decay', () =>
  expect([0, 4, 5, 10].map(stepDecay({ from: 1, factor: 0.5, every: 5 }))).toEqual([1, 1, 0.5, 0.25]));
test('warm-up ends at the first value of the next schedule', () => {
  const schedule = warmUp({ steps: 3, then: cosine({ from: 1, steps: 10 }) });
  expect([0, 1, 2, 3].map(schedule)).toEqual([0.25, 0.5, 0.75, 1]);
});
test('one cycle rises to its peak and falls to almost nothing', () => {
  const schedule = oneCycle({ peak: 1, steps: 100 });
  const values = Array.from({ length: 101 }, (_, i) => schedule(i));
  expect(values[0]).toBeCloseTo(1 / 25, 6);
  expect(values.indexOf(Math.max(...values))).toBe(25);
  expect(values[100]).toBeCloseTo(1e-5, 9);
});
