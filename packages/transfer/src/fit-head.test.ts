import { Dropout, Flatten, Linear, Module, ReLU, Sequential } from '@graft/layers';
import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { js, Random, type Tensor } from '@graft/tensor';
import { accuracy, evaluate } from '@graft/train';
import { expect, test } from 'vitest';
import { concatPoolHead } from './concat-pool-head.ts';
import { featureLoader, type Features } from './features.ts';
import { fitHead } from './fit-head.ts';
import { linearHead } from './head.ts';
import { headFeatures } from './head-features.ts';
import { linearParts } from './linear-parts.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';
import { mlpHead } from './mlp-head.ts';
import { Rescaling, standardisation } from './rescaling.ts';
import { TransferModel } from './transfer-model.ts';

class Same extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}
const width = 8;
/** Rows around one centre per class, which overlap. */
function rows(count: number, classes: number, seed: number, noise = 1.2): { input: Float32Array; label: number }[] {
  const random = new Random(seed);
  const centres = Array.from({ length: classes }, (_, k) =>
    Float32Array.from({ length: width }, (_one, j) => Math.sin(7 * k + 3 * j)),
  );
  return Array.from({ length: count }, (_, i) => ({
    input: centres[i % classes]!.map((value) => value + noise * random.normal()),
    label: i % classes,
  }));
}
const loaderOf = (samples: { input: Float32Array; label: number }[], shuffle = false): Loader<never> =>
  new Loader(arrayDataset(samples), { batchSize: 16, seed: 1, shuffle, collate: vectorBatch(), prefetch: 0 }) as never;
const modelOf = (head: Module): TransferModel => new TransferModel(new Same(), head);
const lossOf = async (model: TransferModel, features: Features): Promise<number> => {
  let loss = 0;
  await evaluate(model.head, featureLoader(features, { batchSize: 64, shuffle: false }), {
    onBatch({ values, shape }, { labels }) {
      const classes = values.length / shape[0]!;
      for (let i = 0; i < shape[0]!; i++) {
        const row = values.slice(i * classes, (i + 1) * classes);
        const sum = row.reduce((total, value) => total + Math.exp(value), 0);
        loss -= row[labels[i]!]! - Math.log(sum);
      }
    },
  });
  return loss / features.samples.length;
};

test('a fitted head is about as good and as calibrated as the classes allow', async () => {
  const heldOut = rows(600, 3, 2);
  const model = modelOf(linearHead({ features: [1, width], classes: 3 }).initialize(0));
  const features = await headFeatures(model.backbone, loaderOf(rows(150, 3, 1)), { validation: loaderOf(heldOut) });
  const { log, fit } = await fitHead(model, features, { link: 'softmax', backend: js, metrics: [accuracy()] });
  expect(fit).toMatchObject({ folds: 5, views: 1 });
  expect(log).toHaveLength(1);
  const ideal = await idealLoss(heldOut);
  expect(await lossOf(model, features.heldOut!)).toBeLessThan(1.25 * ideal);
  expect(log[0]!['validationAccuracy']).toBeGreaterThan(0.6);
});
/** The loss of the true probabilities. */
async function idealLoss(samples: readonly { input: Float32Array; label: number }[]): Promise<number> {
  const centres = rows(3, 3, 0, 0).map(({ input }) => input);
  let loss = 0;
  for (const { input, label } of samples) {
    const near = centres.map((centre) =>
      Math.exp(-input.reduce((sum, value, j) => sum + (value - centre[j]!) ** 2, 0) / (2 * 1.2 ** 2)),
    );
    loss -= Math.log(near[label]! / near.reduce((a, b) => a + b));
  }
  return loss / samples.length;
}
test('views that mislead are not used, and those of an example are in one fold', async () => {
  const samples = rows(60, 3, 1);
  const noise = new Random(5);
  const misleading = samples.map(({ label }) => ({
    input: Float32Array.from({ length: width }, () => 3 * noise.normal()),
    label,
  }));
  const fitOn = async (augmented: typeof samples) => {
    const model = modelOf(linearHead({ features: [1, width], classes: 3 }).initialize(0));
    const features = await headFeatures(model.backbone, loaderOf(augmented, true), {
      views: 3,
      plain: loaderOf(samples),
    });
    expect(features.training.samples).toHaveLength(180);
    return (await fitHead(model, features, { link: 'softmax', backend: js })).fit;
  };
  expect((await fitOn(misleading)).views).toBe(1);
  // Copies of the examples neither help nor reveal held-out ones: the same cross-validated loss.
  const [copies, alone] = [await fitOn(samples), (await fitOn(misleading)).path];
  for (const [i, { heldOutLoss }] of alone.entries())
    if (copies.path[i]) expect(copies.path[i].heldOutLoss).toBeCloseTo(heldOutLoss, 2);
});
test('class weights make a rare class as likely as a frequent one', async () => {
  const samples = [
    ...rows(180, 3, 1).filter(({ label }) => label < 2),
    ...rows(12, 3, 9).filter(({ label }) => label === 2),
  ];
  const recallOf = async (classWeights?: number[]): Promise<number> => {
    const model = modelOf(linearHead({ features: [1, width], classes: 3 }).initialize(0));
    const features = await headFeatures(model.backbone, loaderOf(samples), {
      validation: loaderOf(rows(300, 3, 3).filter(({ label }) => label === 2)),
    });
    const { log } = await fitHead(model, features, {
      link: 'softmax',
      backend: js,
      classWeights,
      metrics: [accuracy()],
    });
    return log[0]!['validationAccuracy']!;
  };
  expect(await recallOf([0.7, 0.7, 20])).toBeGreaterThan((await recallOf()) + 0.1);
});
test('a head on a map is fitted to pooled features; numbers are fitted in their units', async () => {
  const random = new Random(0);
  const maps = Array.from({ length: 40 }, () => Float32Array.from({ length: 2 * 3 * 3 }, () => random.normal()));
  const meanOf = (map: Float32Array, c: number): number => map.slice(9 * c, 9 * c + 9).reduce((a, b) => a + b) / 9;
  const samples = maps.map((input, index) => ({
    input,
    index,
    label: Float32Array.of(1000 + 50 * meanOf(input, 0) - 20 * meanOf(input, 1)),
  }));
  const training = { samples, shape: [2, 3, 3], size: 18 };
  const head = new Sequential(
    linearHead({ features: [1, 2, 3, 3], classes: 1 }).initialize(0),
    new Rescaling(standardisation(samples.map(({ label }) => label))),
  );
  const model = modelOf(head);
  const { fit } = await fitHead(
    model,
    { training, heldOut: undefined, views: 1, plain: false },
    { link: 'identity', backend: js },
  );
  expect(fit.temperature).toBe(1);
  let worst = 0;
  await evaluate(model.head, featureLoader(training, { batchSize: 8, shuffle: false }), {
    onBatch: ({ values }, { labels }) =>
      values.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - labels[i]!)))),
  });
  expect(worst).toBeLessThan(0.1);
});
test('one example per class is too few for a cross-validation', async () => {
  const model = modelOf(linearHead({ features: [1, width], classes: 3 }).initialize(0));
  const features = await headFeatures(model.backbone, loaderOf(rows(3, 3, 1)));
  const { fit } = await fitHead(model, features, { link: 'softmax', backend: js });
  expect(fit).toMatchObject({ folds: 0, temperature: 1 });
});
test('linear heads are recognised by their layers', () => {
  const features = [1, 4, 2, 2];
  expect(linearParts(linearHead({ features, classes: 2, dropout: 0.5 }))).toMatchObject({ rescaling: undefined });
  expect(linearParts(linearHead({ features, classes: 2 }))!.pooling).toHaveLength(2);
  expect(linearParts(new Sequential(new Flatten(), new Dropout(), new Linear({ in: 4, out: 2 })))).toBeDefined();
  expect(linearParts(concatPoolHead({ features, classes: 2 }))).toBeUndefined();
  expect(linearParts(mlpHead({ features, classes: 2 }))).toBeUndefined();
  expect(linearParts(new Sequential(new Linear({ in: 4, out: 4 }), new Linear({ in: 4, out: 2 })))).toBeUndefined();
  expect(linearParts(new Sequential(new Linear({ in: 4, out: 2, bias: false })))).toBeUndefined();
  expect(linearParts(new ReLU())).toBeUndefined();
});
test('a head that is not linear is refused', async () => {
  const model = modelOf(mlpHead({ features: [1, width], classes: 3 }).initialize(0));
  const features = await headFeatures(model.backbone, loaderOf(rows(6, 3, 1)));
  await expect(fitHead(model, features, { link: 'softmax', backend: js })).rejects.toThrow(
    'Train this head with trainHead()',
  );
});
test('nearest neighbours vote by cosine similarity, as a brute-force search does', async () => {
  const [known, wanted] = [rows(70, 3, 1), rows(130, 3, 2)].map((samples): Features => ({
    samples: samples.map((sample, index) => ({ ...sample, index })),
    shape: [width],
    size: width,
  })) as [Features, Features];
  const found = await nearestNeighbours(known, wanted, { link: 'softmax', outputs: 3, backend: js, neighbours: 1 });
  const cosine = (a: Float32Array, b: Float32Array): number => {
    const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  for (const [i, { input }] of wanted.samples.entries()) {
    const best = known.samples.reduce((a, b) => (cosine(b.input, input) > cosine(a.input, input) ? b : a));
    expect(found[i]!.indexOf(Math.max(...found[i]!))).toBe(best.label);
  }
  const numbers = {
    ...known,
    samples: known.samples.map((one) => ({ ...one, label: Float32Array.of(one.label as number) })),
  };
  const [mean] = await nearestNeighbours(numbers, wanted, {
    link: 'identity',
    outputs: 1,
    backend: js,
    neighbours: 70,
  });
  expect(mean![0]).toBeCloseTo(69 / 70, 5);
});
