import {
  arrayDataset,
  type Batch,
  type FeatureStore,
  imageBatch,
  Loader,
  memoryFeatureStore,
  onInput,
} from '@graft/data';
import { fileFeatureStore } from '@graft/data/node';
import { Lambda, type Module, Sequential, Sigmoid } from '@graft/layers';
import { add, apply, cast, mul, type Op, scope, sum, tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brighter, toyBackbone, toyImages, toyLoader } from '../test/toy.ts';
import { extractFeatures, featureLoader, type Features } from './index.ts';

test('features are the outputs of the backbone, in the order of the data, with its labels', async () => {
  const [backbone, data] = [toyBackbone(), toyLoader()];
  const { samples, size } = await extractFeatures(backbone, data);
  expect([samples.length, size]).toEqual([32, 16]);
  let n = 0;
  for await (const { inputs, shape, labels } of data.batches(0)) {
    const expected = scope(() => backbone.forward(tensor(inputs, { shape }))).numbers();
    for (const [i, label] of labels.entries()) {
      expect(samples[n]!.label).toBe(label);
      for (const [k, value] of samples[n++]!.input.entries()) expect(value).toBeCloseTo(expected[i * 16 + k]!, 5);
    }
  }
});
test('feature maps keep their shape, in memory and in a loader', async () => {
  const { layers } = toyBackbone();
  for (const store of [undefined, memoryFeatureStore()]) {
    const features = await extractFeatures(layers[0]!, toyLoader(), { store });
    expect([features.shape, features.size]).toEqual([[8, 4, 4], 8 * 4 * 4]);
    for await (const { shape } of featureLoader(features, { batchSize: 16 })) expect(shape).toEqual([16, 8, 4, 4]);
  }
  expect((await extractFeatures(toyBackbone(), toyLoader())).shape).toEqual([16]);
});
test('16-bit features are numbers, not their bits', async () => {
  const narrow = new Lambda('narrow', (x) => cast(mul(x, 0.001), 'float16'));
  for (const store of [undefined, memoryFeatureStore()]) {
    const { samples } = await extractFeatures(new Sequential(toyBackbone(), narrow), toyLoader(), { store });
    const { samples: exact } = await extractFeatures(toyBackbone(), toyLoader());
    for (const [n, { input }] of samples.entries())
      for (const [k, value] of input.entries()) expect(value).toBeCloseTo(exact[n]!.input[k]! / 1000, 4);
  }
});
test('rejects a network with a fixed batch size', () =>
  expect(extractFeatures(new Lambda('first', (x) => sum(x, [0], true)), toyLoader())).rejects.toThrow(
    /^The network returns features of shape \[1, .* for a batch of \d+: .* Export it with a dynamic batch/,
  ));
test('rejects features of different shapes', () => {
  const batch = (side: number): Batch => ({
    inputs: new Float32Array(side * side),
    shape: [1, 1, side, side],
    labels: Int32Array.of(0),
    indices: [0],
  });
  const data = {
    batches: async function* () {
      yield batch(8);
      yield batch(10);
    },
  };
  return expect(extractFeatures(toyBackbone().layers[0]!, data)).rejects.toThrow(
    'All features must have the same shape, got [8, 4, 4] and [8, 5, 5]. End the transforms with resize({ size: … }).',
  );
});
test('views differ only if a transform is random, and are reproducible', async () => {
  const backbone = toyBackbone();
  const [changed, again, plain] = await Promise.all(
    [toyLoader({ transform: brighter }), toyLoader({ transform: brighter }), toyLoader()].map((data) =>
      extractFeatures(backbone, data, { views: 2 }),
    ),
  );
  expect(changed!.samples).toHaveLength(64);
  expect(changed!.samples[0]!.label).toBe(changed!.samples[32]!.label);
  expect(changed!.samples[0]!.input).not.toEqual(changed!.samples[32]!.input);
  expect(plain!.samples[0]!.input).toEqual(plain!.samples[32]!.input);
  expect(again).toEqual(changed);
});
test('calls onBatch after each batch, and leaks no tensors', async () => {
  const backbone = toyBackbone();
  await extractFeatures(backbone, toyLoader());
  const [before, counts] = [unfreedTensors(), [] as number[]];
  await extractFeatures(backbone, toyLoader(), { views: 2, onBatch: (done) => counts.push(done) });
  expect(counts).toEqual([8, 16, 24, 32, 40, 48, 56, 64]);
  expect(unfreedTensors()).toBe(before);
});
test('a feature loader shuffles by epoch, and its last batch may be smaller', async () => {
  const features = await extractFeatures(toyBackbone(), toyLoader());
  const orders: (readonly number[])[] = [];
  const loader = featureLoader(features, { batchSize: 24, seed: 3 });
  for (const epoch of [0, 0, 1])
    for await (const { indices, shape } of loader.batches(epoch)) if (shape[0] === 24) orders.push(indices);
  expect(orders[0]).toEqual(orders[1]);
  expect(orders[0]).not.toEqual(orders[2]);
  const sizes: (readonly number[])[] = [];
  for await (const { shape } of featureLoader(features, { batchSize: 24, shuffle: false })) sizes.push(shape);
  expect(sizes).toEqual([
    [24, 16],
    [8, 16],
  ]);
});

/** The toy backbone, and a count of its forward passes. */
function counting(): { backbone: Sequential; runs: () => number } {
  let runs = 0;
  const Counted: Op = {
    name: 'counted',
    infer: ([x]) => x!,
    reference: ([x], _, out) => {
      runs++;
      (out.data as Float32Array).set(x!.data as Float32Array);
    },
  };
  return {
    backbone: new Sequential(toyBackbone(), new Lambda('counted', (x) => apply(Counted, [x], undefined))),
    runs: () => runs,
  };
}

describe('a store', () => {
  const calls = async (
    store: FeatureStore,
    backbone: Module = toyBackbone(),
    data = toyLoader({ transform: brighter }),
    views = 2,
  ): Promise<{ features: Features; computed: number }> => {
    let computed = 0;
    return {
      features: await extractFeatures(backbone, data, {
        views,
        store,
        onBatch: (done, stored) => (computed = done - stored),
      }),
      computed,
    };
  };
  test('a second run reads the same bits from the store without running the backbone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'graft-features-'));
    try {
      const { backbone, runs } = counting();
      const first = await calls(fileFeatureStore(folder), backbone);
      expect([first.computed, runs()]).toEqual([64, 8]);
      const again = await calls(fileFeatureStore(folder), backbone); // a new store on the same folder, as after a restart
      expect([again.computed, runs()]).toEqual([0, 8]);
      expect(again.features).toEqual(first.features);
      expect(again.features).toEqual(
        await extractFeatures(toyBackbone(), toyLoader({ transform: brighter }), { views: 2 }),
      );
      // Two runs at once, like two processes, do not disturb each other.
      const both = await Promise.all(
        [1, 2].map(() => calls(fileFeatureStore(folder), toyBackbone(), toyLoader({ seed: 4 }), 1)),
      );
      for (const { features } of both)
        expect(features).toEqual(await extractFeatures(toyBackbone(), toyLoader({ seed: 4 })));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test('recomputes features if weights, cut, ops, preprocessing, seed or views change', async () => {
    const store = memoryFeatureStore();
    expect((await calls(store)).computed).toBe(64);
    const other = toyBackbone();
    const [, weight] = [...other.parameters()].find(([path]) => path === '3.bias')!;
    weight.take(add(weight.value, 1e-6));
    expect((await calls(store, other)).computed).toBe(64);
    expect((await calls(store, new Sequential(...toyBackbone().layers.slice(0, -2)))).computed).toBe(64);
    expect(
      (
        await calls(
          store,
          new Sequential(...toyBackbone().layers.slice(0, -3), new Sigmoid(), ...toyBackbone().layers.slice(-2)),
        )
      ).computed,
    ).toBe(64);
    const normalised = new Loader(arrayDataset(toyImages(1)), {
      batchSize: 8,
      seed: 1,
      collate: imageBatch({ mean: [0.4], std: [0.5] }),
      transform: onInput(brighter),
    });
    expect((await calls(store, toyBackbone(), normalised)).computed).toBe(64);
    expect((await calls(store, toyBackbone(), toyLoader({ seed: 2, transform: brighter }))).computed).toBe(64);
    expect((await calls(store, toyBackbone(), toyLoader({ transform: brighter }), 3)).computed).toBe(32);
    expect((await calls(store, toyBackbone(), toyLoader({ transform: brighter }), 3)).computed).toBe(0);
  });
  test('features are the same if the store has dropped some or all of them', async () => {
    const expected = await extractFeatures(toyBackbone(), toyLoader());
    for (const maxBytes of [0, 64 * 20]) {
      const store = memoryFeatureStore({ maxBytes });
      for (let i = 0; i < 2; i++)
        expect((await calls(store, toyBackbone(), toyLoader(), 1)).features).toEqual(expected);
    }
  });
  test('rejects a backbone whose ops depend on values', () =>
    expect(
      extractFeatures(new Lambda('picky', (x) => (x.numbers()[0]! > 0 ? x : add(x, 1))), toyLoader(), {
        store: memoryFeatureStore(),
      }),
    ).rejects.toThrow('The features of this module cannot be stored, because tracing it failed. Omit "store".'));
});
