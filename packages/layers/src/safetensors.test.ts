import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { castWeights, decodeSafetensors, encodeSafetensors, Linear, loadWeights, weightsOf } from './index.ts';

const encode = (): Uint8Array => encodeSafetensors(weightsOf(new Linear({ in: 3, out: 2 }).initialize(1)), { step: '7' });

test('round trip', () => {
  const model = new Linear({ in: 3, out: 2 });
  const { tensors, metadata } = decodeSafetensors(encode());
  loadWeights(model, tensors);
  expect(metadata).toEqual({ step: '7' });
  expect(model.weight.value.numbers()).toEqual(new Linear({ in: 3, out: 2 }).initialize(1).weight.value.numbers());
});
test.each([['float16', 2 ** -11], ['bfloat16', 2 ** -8]] as const)('as %s a file is half as large, and weights are what the dtype has room for', (dtype, precision) => {
  const model = new Linear({ in: 300, out: 20 }).initialize(1);
  const whole = encodeSafetensors(weightsOf(model));
  const bytes = encodeSafetensors(castWeights(weightsOf(model), dtype));
  expect(bytes.length / whole.length).toBeCloseTo(0.5, 2);
  const loaded = new Linear({ in: 300, out: 20 });
  loadWeights(loaded, castWeights(decodeSafetensors(bytes).tensors, 'float32'));
  const [before, after] = [model, loaded].map(({ weight }) => weight.value.numbers()) as [number[], number[]];
  expect(loaded.weight.value.dtype).toBe('float32');
  expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!) / Math.max(Math.abs(before[i]!), 2 ** -14)))).toBeLessThanOrEqual(precision);
  expect(after).not.toEqual(before);
});
test('whole numbers stay as they are', () => {
  const steps = { shape: [1], dtype: 'int64' as const, data: BigInt64Array.of(7n) };
  expect(castWeights(new Map([['steps', steps]]), 'float16').get('steps')).toEqual(steps);
});
test('every truncation and many bit flips are refused or read, never a crash', () => {
  const good = encode();
  for (let length = 0; length < good.length; length++) expect(() => decodeSafetensors(good.subarray(0, length), 'w.safetensors')).toThrow('w.safetensors');
  for (let bit = 0; bit < 800; bit++) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    try {
      decodeSafetensors(bad, 'w.safetensors');
    } catch (error) {
      expect((error as Error).message).toContain('Not a valid safetensors file: w.safetensors');
    }
  }
});
test('weights of another model are refused, and nothing is changed', () => {
  const model = new Linear({ in: 4, out: 2 });
  const before = model.bias!.value.numbers();
  expect(() => loadWeights(model, decodeSafetensors(encode()).tensors)).toThrow('Parameter "weight" is [2, 4], but the weights hold [2, 3]');
  expect(() => loadWeights(model, new Map([['wieght', { shape: [1], dtype: 'float32', data: tensor([1]).arraySync() }]]))).toThrow('Did you mean "weight"?');
  expect(model.bias!.value.numbers()).toEqual(before);
});
