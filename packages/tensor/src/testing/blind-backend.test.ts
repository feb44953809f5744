import { expect, test } from 'vitest';
import { add, addKernel, createJsBackend, js, mul, readAll, tensor, to, toAll, upload } from '../index.ts';
import { createBlindBackend } from './blind-backend.ts';
import { describeBackend } from './describe-backend.ts';

describeBackend(createBlindBackend());

test('synchronous reading is rejected with the way out', () => {
  const x = tensor([1, 2], { backend: createBlindBackend() });
  for (const read of [() => x.arraySync(), () => x.numbers(), () => tensor([1], { backend: x.backend }).item()])
    expect(read).toThrow(/backend "blind", whose memory the host cannot read\. Read them with await tensor\.array\(\)/);
  expect(() => upload(x, js)).toThrow('Move it with await to(tensor, backend).');
});
test('tensors of several backends are read in one transfer each, in order', async () => {
  const [one, two] = [createBlindBackend('one'), createBlindBackend('two')];
  const xs = [tensor([1], { backend: one }), tensor([2]), tensor([3], { backend: two }), tensor([4], { backend: one })];
  expect((await readAll(xs)).map(({ data }) => data[0])).toEqual([1, 2, 3, 4]);
  expect([one.reads, two.reads]).toEqual([1, 1]);
  expect((await toAll(xs, two)).map((x) => x.backend.name)).toEqual(['two', 'two', 'two', 'two']);
  expect([one.reads, two.reads]).toEqual([2, 1]); // the host's was there to see, and one was there already
  expect(await to(xs[2]!, two)).toBe(xs[2]);
});
test('if a kernel declines, the next one computes the op', () => {
  const backend = createJsBackend();
  const asked: string[] = [];
  const answers = (name: string, value: number | undefined) => (): ReturnType<typeof backend.write> | undefined => {
    asked.push(name);
    return value === undefined ? undefined : backend.write(Float32Array.of(value), { shape: [1], dtype: 'float32' });
  };
  const [a, b] = [tensor([1], { backend }), tensor([2], { backend })];
  addKernel(backend, 'add', answers('first', undefined));
  expect(add(a, b).item()).toBe(3); // by the reference
  addKernel(backend, 'add', answers('second', 10));
  addKernel(backend, 'add', answers('third', undefined));
  expect(add(a, b).item()).toBe(10);
  expect(mul(a, b).item()).toBe(2);
  expect(asked).toEqual(['first', 'third', 'second']);
});
