import { type Batch, memoryFeatureStore } from '@graft/data';
import { Conv2d, Lambda, Linear, type Module, ReLU, Sequential, weightsOf } from '@graft/layers';
import { exportOnnx, importOnnx } from '@graft/onnx';
import { sgd } from '@graft/optimizers';
import { ones, Random, reshape, scope, tensor, transpose } from '@graft/tensor';
import { predict } from '@graft/train';
import {
  concatPoolHead,
  extractFeatures,
  featureLoader,
  featurePooling,
  type HeadOptions,
  linearHead,
  mlpHead,
  sequentialHead,
  trainHead,
  trainUnfrozen,
  TransferModel,
} from '@graft/transfer';
import { describe, expect, test } from 'vitest';

/** Backbones with each kind of features. */
const convolution = (kernel: number): Sequential =>
  new Sequential(new Conv2d({ in: 1, out: 6, kernel, stride: 2 }), new ReLU());
const backbones: Readonly<Record<string, () => Sequential>> = {
  'a map': () => convolution(4),
  'a 1×1 map': () => convolution(8),
  'a sequence': () =>
    new Sequential(convolution(4), new Lambda('tokens', (x) => transpose(reshape(x, [x.shape[0]!, 6, 9]), [0, 2, 1]))),
  'a vector': () => new Sequential(convolution(8), new Lambda('vector', (x) => reshape(x, [x.shape[0]!, 6]))),
};
const closeTo = (got: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) expect(got[i]).toBeCloseTo(expected[i]!, 4);
};
/** A head as a plugin would write it. */
const pluginHead = ({ features, classes, pool }: HeadOptions): Module => {
  const { layers, width } = featurePooling(features, { pool });
  return new Sequential(...layers, new Linear({ in: width, out: 5 }), new ReLU(), new Linear({ in: 5, out: classes }));
};
const heads: Readonly<Record<string, (options: HeadOptions) => Module>> = {
  linear: linearHead,
  mlp: (options) => mlpHead({ ...options, hidden: [7] }),
  concatPool: (options) => concatPoolHead({ ...options, hidden: 7, dropout: 0 }),
  sequential: (options) => sequentialHead({ ...options, layers: [(width) => new Linear({ in: width, out: 4 })] }),
  'of a plugin': pluginHead,
};
const random = new Random(1);
const inputs = Float32Array.from({ length: 32 * 64 }, (_, i) => random.normal() + Math.sign(((i >> 6) % 2) - 0.5));
const oneBatch = {
  length: 1,
  async *batches(): AsyncGenerator<Batch> {
    const indices = Array.from({ length: 32 }, (_, i) => i);
    yield { inputs, shape: [32, 1, 8, 8], labels: Int32Array.from(indices, (i) => i % 2), indices };
  },
  [Symbol.asyncIterator]() {
    return this.batches();
  },
};
const modelOf = (make: () => Sequential, head: (options: HeadOptions) => Module, pool?: 'first'): TransferModel => {
  const backbone = make().initialize(1);
  const { shape } = scope(() => backbone.forward(ones([2, 1, 8, 8])));
  return new TransferModel(backbone, head({ features: shape, classes: 2, pool }).initialize(2));
};

const combinations = Object.entries(backbones).flatMap(([kind, make]) =>
  Object.entries(heads).flatMap(([name, head]) => [
    [kind, name, undefined, make, head] as const,
    ...(kind === 'a sequence' ? [[kind, name, 'first', make, head] as const] : []),
  ]),
);
describe.each(combinations)('%s, the head %s, pool: %s', (_kind, _name, pool, make, head) => {
  test('has the same outputs with features from the cache, predict and the exported file', async () => {
    const model = modelOf(make, head, pool);
    for await (const { inputs, shape } of oneBatch.batches()) {
      const x = tensor(inputs, { shape });
      const whole = model.forward(x).numbers();
      expect(whole).toHaveLength(64);
      expect(new Set(whole.map((value) => value.toFixed(6))).size).toBeGreaterThan(10);
      expect(model.head.forward(model.backbone.forward(x)).numbers()).toEqual(whole);
      const store = memoryFeatureStore();
      for (let run = 0; run < 2; run++) {
        const features = await extractFeatures(model.backbone, oneBatch, { store });
        for await (const cached of featureLoader(features, { batchSize: 32, shuffle: false }))
          closeTo(model.head.forward(tensor(cached.inputs, { shape: cached.shape })).numbers(), whole);
      }
      for await (const { outputs } of predict(model, oneBatch)) closeTo(outputs.values, whole);
      const exported = importOnnx(await exportOnnx(model, { inputShape: [1, 8, 8] }));
      closeTo(exported.forward(x).numbers(), whole);
    }
  });
  test('trainHead and trainUnfrozen give the same weights', async () => {
    const options = { epochs: 3, learningRate: 0.1, policy: () => sgd({ learningRate: 0.1 }), batchSize: 32 };
    const [cached, whole] = [modelOf(make, head, pool), modelOf(make, head, pool)];
    const before = await weightsOf(whole.head);
    await trainHead(cached, oneBatch, options);
    await trainUnfrozen(whole, oneBatch, { ...options, unfreeze: 1 });
    const [a, b] = [await weightsOf(cached.head), await weightsOf(whole.head)];
    expect(b).not.toEqual(before);
    for (const [name, { data }] of b) closeTo(a.get(name)!.data as Float32Array, data as Float32Array);
  });
});
