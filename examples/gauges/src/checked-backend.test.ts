import { createWasmBackend } from '@graft/backend-wasm';
import { createGraft } from '@graft/graft/node';
import { add, addKernel, createBackend, exp, log, mul, sub, tensor } from '@graft/tensor';
import { createBlindBackend, describeBackend } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import gauges, { checkedBackend } from './index.ts';

describeBackend(checkedBackend(await createWasmBackend()));

const checked = checkedBackend(await createWasmBackend());
test('names the first op that produces NaN, and allows infinite values', async () => {
  const x = tensor([1, -1], { backend: checked });
  const before = checked.memory!();
  expect(() => log(x)).toThrow(
    'The op "log" produced NaN from inputs [2] without NaN. Try a lower learning rate or normalised inputs.',
  );
  expect(checked.memory!()).toEqual(before);
  const infinite = exp(mul(x, 1e4));
  expect(infinite.numbers()).toEqual([Infinity, 0]);
  expect(() => sub(infinite, infinite)).toThrow('The op "sub" produced NaN');
});
test('if an input has NaN already, the error says so', () =>
  expect(() => add(tensor([1], { backend: checked }), tensor([NaN], { backend: checked }))).toThrow(
    'Input 2 of the op "add" ([1], [1]) contains NaN.',
  ));
test('an optimizer update with NaN is named', () => {
  const update = checked.updates!.get('sgd')!;
  const [parameter, gradient] = [tensor([1], { backend: checked }), tensor([NaN], { backend: checked })];
  expect(() => update([parameter], [gradient], { decay: 1, learningRate: 0.1 })).toThrow(
    'Input 1 of the update "sgd" ([1]) contains NaN.',
  );
});
test('kernels that are added later are checked, too', () => {
  addKernel(checked, 'exp', (inputs, attrs, out) => checked.kernels.get('log')!(inputs, attrs, out));
  expect(() => exp(tensor([-1], { backend: checked }))).toThrow('produced NaN');
});
test('wraps another backend by name, and rejects one whose memory the host cannot read', async () => {
  const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
  const made = await createBackend(app, 'checked');
  expect(add(tensor([1], { backend: made }), tensor([2], { backend: made })).numbers()).toEqual([3]);
  expect(() => checkedBackend(createBlindBackend())).toThrow('cannot read the memory of "blind"');
  await app.dispose();
});
