import { createWasmBackend } from '@graft/backend-wasm';
import { createGraft } from '@graft/graft/node';
import { add, addKernel, createBackend, exp, log, mul, sub, tensor } from '@graft/tensor';
import { createBlindBackend, describeBackend } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import gauges, { checkedBackend } from './index.ts';

describeBackend(checkedBackend(await createWasmBackend()));

const checked = checkedBackend(await createWasmBackend());
test('the first op that makes NaN is named, and what is infinite is let through', async () => {
  const x = tensor([1, -1], { backend: checked });
  const before = checked.memory!();
  expect(() => log(x)).toThrow(
    'The op "log" makes NaN from [2], which are numbers. A lower learning rate or normalised inputs may help.',
  );
  expect(checked.memory!()).toEqual(before);
  const infinite = exp(mul(x, 1e4));
  expect(infinite.numbers()).toEqual([Infinity, 0]);
  expect(() => sub(infinite, infinite)).toThrow('The op "sub" makes NaN');
});
test('where NaN was there before, the op says so', () =>
  expect(() => add(tensor([1], { backend: checked }), tensor([NaN], { backend: checked }))).toThrow(
    'The op "add" of [1], [1] is given NaN as its 2. input.',
  ));
test('an update that spoils a parameter is named', () => {
  const update = checked.updates!.get('sgd')!;
  const [parameter, gradient] = [tensor([1], { backend: checked }), tensor([NaN], { backend: checked })];
  expect(() => update([parameter], [gradient], { decay: 1, learningRate: 0.1 })).toThrow(
    'The update "sgd" of [1] is given NaN as its 1. input.',
  );
});
test('a kernel that joins later is looked at as well', () => {
  addKernel(checked, 'exp', (inputs, attrs, out) => checked.kernels.get('log')!(inputs, attrs, out));
  expect(() => exp(tensor([-1], { backend: checked }))).toThrow('makes NaN');
});
test('it computes on another backend by name, and expects one whose memory the host sees', async () => {
  const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
  const made = await createBackend(app, 'checked');
  expect(add(tensor([1], { backend: made }), tensor([2], { backend: made })).numbers()).toEqual([3]);
  expect(() => checkedBackend(createBlindBackend())).toThrow('cannot be seen');
  await app.dispose();
});
