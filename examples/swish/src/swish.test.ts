import { createWasmBackend } from '@graft/backend-wasm';
import { createBackend, createGraft, standardPlugins } from '@graft/graft/node';
import { layer, Linear, Sequential } from '@graft/layers';
import { describeLayer } from '@graft/layers/testing';
import { exportOnnx } from '@graft/onnx';
import { describePlugin } from '@graft/plugin/testing';
import { profile, Random, tensor } from '@graft/tensor';
import { describeOp, type Sample } from '@graft/tensor/testing';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { compileKernel } from '../assembly/build.mjs';
import plugin, { Swish, swish, swishKernel, SwishLayer } from './index.ts';
import { kernel } from './kernel.ts';

const backend = await createWasmBackend();
await backend.registerModule(await swishKernel.source(), swishKernel.kernels);
const samples: Sample[] = [
  { inputs: [{ shape: [2, 3] }], attrs: { beta: 1 } },
  { inputs: [{ shape: [5, 7, 3] }], attrs: { beta: 1.7 } },
  {
    inputs: [{ shape: [2500] }],
    attrs: { beta: -0.5 },
    noGradient: 'too large for finite differences; the other samples cover the gradient',
  },
  { inputs: [{ shape: [5] }], attrs: { beta: -0.5 } },
  { inputs: [{ shape: [] }], attrs: { beta: 0 } },
];

describePlugin(plugin, { after: standardPlugins });
describeOp(Swish, samples);
describeOp(Swish, samples, backend);
describeLayer('swish', () => new SwishLayer({ beta: 1.5 }), [{ shape: [2, 5] }]);

test('an app with the plugin uses its kernel', async () => {
  const app = await createGraft({ plugins: [plugin], modelsFrom: [] });
  const own = await createBackend(app, 'wasm');
  const activation = app.get(layer, 'swish').create({ beta: 2 });
  const x = tensor(
    Float32Array.from({ length: 3000 }, (_, i) => (i - 1500) / 100),
    { backend: own },
  );
  const { rows } = profile(() => void activation.forward(x));
  expect(rows.find(({ op }) => op === 'swish')).toMatchObject({ op: 'swish', road: 'kernel' });
  await own.dispose?.();
});
test('large inputs give 0 or x, NaN stays NaN, and other dtypes use the reference', () => {
  const far = swish(
    tensor(Float32Array.of(-1e4, -100, 100, 1e4, Number.NaN, Infinity, 0, 5, -5), { backend }),
  ).numbers();
  expect(far.slice(0, 2).every((value) => Math.abs(value) < 1e-30)).toBe(true);
  expect(far.slice(2, 4)).toEqual([100, 1e4]);
  expect(far.slice(4, 7)).toEqual([Number.NaN, Infinity, 0]);
  expect(swish(tensor(Float64Array.of(1), { backend })).numbers()[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});
test('results are bit-identical for any number of threads', async () => {
  const values = Float32Array.from({ length: 200_000 }, (_, i) => Math.sin(i) * 9);
  const results = await Promise.all(
    [1, 2, 3].map(async (threads) => {
      const some = await createWasmBackend({ threads, leastWork: 1000 });
      await some.registerModule(await swishKernel.source(), swishKernel.kernels);
      const bits = new Uint32Array(Float32Array.from(swish(tensor(values, { backend: some })).numbers()).buffer);
      await some.dispose?.();
      return bits;
    }),
  );
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});
test('an exported network computes the same in onnxruntime', async () => {
  const model = new Sequential(
    new Linear({ in: 4, out: 8 }),
    new SwishLayer({ beta: 1.3 }),
    new Linear({ in: 8, out: 2 }),
  ).initialize(1);
  const session = await ort.InferenceSession.create(await exportOnnx(model, { inputShape: [4] }));
  const random = new Random(2);
  const values = Float32Array.from({ length: 12 }, () => random.normal());
  const { logits } = await session.run({ input: new ort.Tensor('float32', values, [3, 4]) });
  model
    .forward(tensor(values, { shape: [3, 4] }))
    .numbers()
    .forEach((value, i) => expect(value).toBeCloseTo(Number(logits!.data[i]), 5));
});
test('the kernel is up to date with its source', { timeout: 60_000 }, async () =>
  expect(Buffer.from(await compileKernel()).toString('base64')).toBe(kernel),
);
test('an invalid beta and an unknown option are rejected', async () => {
  expect(() => new SwishLayer({ beta: Number.NaN })).toThrow('Swish expects beta to be a number, got NaN.');
  const app = await createGraft({ plugins: [plugin], modelsFrom: [] });
  expect(() => app.get(layer, 'swish').create({ betta: 1 })).toThrow('beta');
});
