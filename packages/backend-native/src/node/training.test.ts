import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWasmBackend } from '@graft/backend-wasm';
import { Conv2d, crossEntropy, Flatten, Linear, ReLU, Sequential, TrainingRun } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { type AnyBackend, Random, scope, tensor, valueAndGrad } from '@graft/tensor';
import { afterAll, expect, test } from 'vitest';
import { createNativeBackend, type NativeBackend, type NativeBackendOptions } from './create-native-backend.ts';
import { installed } from '../../test/installed-libraries.ts';

const cache = mkdtempSync(join(tmpdir(), 'graft-training-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** Losses of ten steps, then all weights. */
async function train(backend: AnyBackend): Promise<number[]> {
  const model = await new Sequential(
    new Conv2d({ in: 3, out: 16, kernel: 3, padding: 1, stride: 2 }),
    new ReLU(),
    new Conv2d({ in: 16, out: 16, kernel: 3, padding: 1, groups: 16 }),
    new Conv2d({ in: 16, out: 24, kernel: 1 }),
    new ReLU(),
    new Flatten(),
    new Linear({ in: 24 * 64, out: 5 }),
  )
    .initialize(5)
    .to(backend);
  const optimizer = new Optimizer(model, sgd({ learningRate: 0.05 }));
  const random = new Random(3);
  const images = Float32Array.from({ length: 8 * 3 * 256 }, () => random.normal());
  const loss = crossEntropy();
  const losses: number[] = [];
  for (let step = 0; step < 10; step++)
    scope(() => {
      const run = new TrainingRun(new Random(0));
      const input = tensor(images, { shape: [8, 3, 16, 16], backend });
      const target = tensor(Int32Array.of(0, 1, 2, 3, 4, 0, 1, 2), { backend });
      const { value, grads } = valueAndGrad(() => loss(model.forward(input, run), target), optimizer.parameters);
      optimizer.step(grads);
      run.commit();
      losses.push(value.item());
    });
  const weights = [...model.parameters()].flatMap(([, { value }]) => value.numbers());
  return [...losses, ...weights];
}

const create = (options: NativeBackendOptions): Promise<NativeBackend> =>
  createNativeBackend({ threads: 2, choice: 'native', leastProducts: 0, cache, ...options });

const variants: readonly (readonly [string, string | undefined, NativeBackendOptions])[] = [
  ['CBLAS', installed.blas, { oneDnn: 'none' }],
  ['oneDNN 2', installed.oneDnn2, { blas: 'none', oneDnn: installed.oneDnn2! }],
  ['oneDNN 3', installed.oneDnn3, { blas: 'none', oneDnn: installed.oneDnn3! }],
];
for (const [name, file, options] of variants)
  test.skipIf(file === undefined)(
    `ten steps with ${name}, which must be installed, are those of WebAssembly, and the same bits twice`,
    async () => {
      const native = await create(options);
      const again = await create(options);
      const wasm = await createWasmBackend({ threads: 2 });
      const [trained, same, expected] = [await train(native), await train(again), await train(wasm)];
      expect(Object.values(native.choices)).not.toEqual([]);
      expect(native.warnings).toEqual([]);
      expect(same).toEqual(trained);
      expect(expected[9]!).toBeLessThan(expected[0]! * 0.8); // it learns
      const error = Math.max(...expected.map((value, i) => Math.abs(value - trained[i]!)));
      expect(error).toBeLessThan(1e-4);
      expect(trained).not.toEqual(expected); // native kernels round differently
      for (const backend of [native, again, wasm]) await backend.dispose?.();
    },
  );

test.skipIf(!installed.oneDnn2)(
  'with oneDNN 2 installed: a measured choice is the same for another backend of this machine, and is recorded',
  async () => {
    const options = { choice: 'measured', oneDnn: installed.oneDnn2! } as const;
    const first = await create(options);
    const trained = await train(first);
    const second = await create(options);
    expect(await train(second)).toEqual(trained);
    expect(second.choices).toEqual(first.choices);
    expect(Object.keys(first.choices).some((key) => key.startsWith('conv2dWeightGrad '))).toBe(true);
    for (const backend of [first, second]) await backend.dispose?.();
  },
);

test('an unknown way of choosing is an error', async () => {
  await expect(createNativeBackend({ choice: 'fast' as never })).rejects.toThrow(
    'The option "choice" expects "measured" or "native", got "fast".',
  );
});
