import { expect, test } from 'vitest';
import { checkInitialised, Linear, loadWeights, weightsOf, withoutDrawing } from './index.ts';

const create = (): Linear => new Linear({ in: 3, out: 2 });

test('modules created without drawing hold zeros until weights are loaded', async () => {
  const model = withoutDrawing(create);
  expect(model.weight.value.numbers()).toEqual([0, 0, 0, 0, 0, 0]);
  expect(() => checkInitialised(model)).toThrow('never initialised');
  loadWeights(model, await weightsOf(create().initialize(1)));
  expect(() => checkInitialised(model)).not.toThrow();
  expect(model.weight.value.numbers()).toEqual(create().initialize(1).weight.value.numbers());
});
test('drawing goes on afterwards, also after an error', () => {
  expect(() =>
    withoutDrawing(() => {
      throw new Error('failed');
    }),
  ).toThrow('failed');
  expect(
    create()
      .weight.value.numbers()
      .some((value) => value !== 0),
  ).toBe(true);
});

test('an unknown weight is named on one short line', () => {
  const value = { shape: [1], dtype: 'float32', data: Float32Array.of(1) } as const;
  const load = (name: string) => () => loadWeights(new Linear({ in: 1, out: 1 }), new Map([[name, value]]));
  expect(load(`a\nb`)).toThrow('The model has no parameter "a\\nb".');
  expect(load('x'.repeat(5000))).toThrow(
    /^The model has no parameter "x{200}…"\. The weights belong to another model\.$/,
  );
});
