import { expect, test } from 'vitest';
import { add, js, keep, mul, Parameter, reshape, scope, sum, tensor, valueAndGrad } from './index.ts';
import { unfreedTensors } from './testing/index.ts';

test('frees tensors created inside, keeps returned ones at any depth', () => {
  const before = unfreedTensors();
  scope(() => {
    const {
      list: [x],
    } = scope(() => {
      const a = tensor([1, 2]);
      return { list: [add(a, a)] };
    });
    expect(x!.numbers()).toEqual([2, 4]);
    expect(unfreedTensors()).toBe(before + 1);
  });
  expect(unfreedTensors()).toBe(before);
});
test('also frees after an error', () => {
  const before = unfreedTensors();
  expect(() =>
    scope(() => {
      tensor([1]);
      throw new Error('x');
    }),
  ).toThrow('x');
  expect(unfreedTensors()).toBe(before);
});
test('keep outlives the scope, until dispose', () => {
  const x = scope(() => {
    const x = keep(tensor([1]));
    tensor([2]);
    return [() => x];
  })[0]!();
  expect(x.freed).toBe(false);
  x.dispose();
  expect(x.freed).toBe(true);
});
test('using a freed tensor throws', () => {
  let leaked!: ReturnType<typeof tensor>;
  scope(() => void (leaked = tensor([1, 2])));
  expect(() => add(leaked, 1)).toThrow(
    'A float32 tensor [2] was used after it was freed. Return it from its scope, or keep() it.',
  );
});
test('an asynchronous scope is rejected', () =>
  expect(() => scope(async () => 1)).toThrow('scope() expects a synchronous function'));
test('a reshape shares the buffer; the last one frees it', () => {
  const before = js.memory!();
  scope(() => {
    const shared = scope(() => reshape(tensor([1, 2, 3, 4]), [2, 2]));
    expect(js.memory!().buffers).toBe(before.buffers + 1);
    expect(shared.numbers()).toEqual([1, 2, 3, 4]);
  });
  expect(js.memory!()).toEqual(before);
});
test('a parameter keeps its value and releases the old one', () => {
  const before = unfreedTensors();
  const w = scope(() => new Parameter(tensor([1])));
  scope(() => void (w.value = mul(w.value, 2)));
  expect(w.value.item()).toBe(2);
  expect(unfreedTensors()).toBe(before + 1);
  w.dispose();
  expect(unfreedTensors()).toBe(before);
});
test('10,000 eager steps in a plain loop keep memory flat', () => {
  const w = scope(() => new Parameter(tensor(new Float32Array(256))));
  const before = { tensors: unfreedTensors(), ...js.memory!() };
  for (let step = 0; step < 10_000; step++)
    scope(() => {
      const { grads } = valueAndGrad(() => sum(mul(add(w.value, 1), w.value)), [w]);
      w.value = add(w.value, mul(grads[0]!, -0.01));
    });
  expect({ tensors: unfreedTensors(), ...js.memory!() }).toEqual(before);
  expect(w.value.numbers()[0]).toBeCloseTo(-0.5, 4);
});
