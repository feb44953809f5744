import { log, tensor, type Tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { checkNumerics, Linear, Module, ReLU, Sequential } from './index.ts';

class Log extends Module {
  override forward(x: Tensor): Tensor {
    return log(x);
  }
}
const x = tensor([[1, 2]]);

test('the first NaN or infinity is named with its layer', async () => {
  const model = new Sequential(
    new Linear({ in: 2, out: 3 }),
    new Sequential(new ReLU(), new Log()),
    new Linear({ in: 3, out: 1 }),
  ).initialize(1);
  await expect(checkNumerics(model, () => model.forward(x))).rejects.toThrow(
    /^(-Infinity|NaN) in the output \[1, 3\] of op "log" in layer "1\.1"; its inputs are \[1, 3\] from .* to .*\.$/,
  );
});
test('finite values pass, and the modules are unchanged', async () => {
  const model = new Sequential(new Linear({ in: 2, out: 3 }), new ReLU()).initialize(1);
  expect((await checkNumerics(model, () => model.forward(x))).numbers()).toEqual(model.forward(x).numbers());
  expect(Object.hasOwn(model, 'forward')).toBe(false);
});
