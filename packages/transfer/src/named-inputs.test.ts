import { arrayDataset, Loader, memoryFeatureStore, type NamedBatch } from '@graft/data';
import { distillation, Embedding, Linear, Module, type ModuleInput, weightsOf } from '@graft/layers';
import { cast, div, js, maximum, mul, sum, type Tensor, unsqueeze } from '@graft/tensor';
import { accuracy, evaluate, prepareBatch } from '@graft/train';
import { expect, test } from 'vitest';
import {
  type BatchLoader,
  extractFeatures,
  fineTune,
  lora,
  pseudoLabels,
  taughtBy,
  trainHead,
  trainUnfrozen,
  TransferModel,
} from './index.ts';

interface Words {
  readonly ids: readonly number[];
}
/** Texts of one to five words: ids 1 to 16 in class 0, 17 to 32 in class 1. */
const texts = Array.from({ length: 32 }, (_, i) => {
  const label = i % 2;
  const ids = Array.from({ length: 1 + (i % 5) }, (_, k) => 1 + 16 * label + ((7 * i + 3 * k) % 16));
  return { input: { ids }, label };
});
const loader = (batchSize = 8): BatchLoader<NamedBatch> =>
  new Loader(arrayDataset(texts), {
    batchSize,
    collate: (samples: readonly { readonly input: Words; readonly label: number }[], indices): NamedBatch => {
      const length = Math.max(...samples.map(({ input }) => input.ids.length));
      const shape = [samples.length, length];
      const rows = (of: (id: number | undefined) => number): BigInt64Array =>
        BigInt64Array.from(
          samples.flatMap(({ input }) => Array.from({ length }, (_, k) => of(input.ids[k]))),
          BigInt,
        );
      return {
        inputs: {
          input_ids: { shape, dtype: 'int64', data: rows((id) => id ?? 0) },
          attention_mask: { shape, dtype: 'int64', data: rows((id) => Number(id !== undefined)) },
        },
        labels: Int32Array.from(samples, ({ label }) => label),
        indices,
      };
    },
  });
type TextInputs = { readonly input_ids: Tensor; readonly attention_mask: Tensor };
class MeanOfWords extends Module<TextInputs> {
  readonly embedding = new Embedding({ count: 33, features: 12 });
  readonly last = new Linear({ in: 12, out: 12 });
  override forward({ input_ids, attention_mask }: TextInputs): Tensor {
    const there = unsqueeze(cast(attention_mask, 'float32'), [2]);
    const vectors = this.embedding.forward(input_ids);
    return this.last.forward(div(sum(mul(vectors, there), 1), maximum(sum(there, 1), 1)));
  }
}
const model = (seed = 1): TransferModel<TextInputs> =>
  new TransferModel(new MeanOfWords().initialize(seed), new Linear({ in: 12, out: 2 }).initialize(seed));
const share = async (of: Module<TextInputs>): Promise<number> =>
  (await evaluate(of, loader(), { metrics: [accuracy()] }))['accuracy']!;

test('trainHead, trainUnfrozen and fineTune accept named inputs', async () => {
  const made = model();
  const log = await trainHead(made, loader(), { epochs: 30, validation: loader(), metrics: [accuracy()] });
  expect(log.at(-1)!['validationAccuracy']).toBe(await share(made));
  await trainUnfrozen(made, loader(), { epochs: 20, learningRate: 0.02 });
  expect(await share(made)).toBeGreaterThan(0.95);
  expect(await fineTune(made, loader(), { epochs: 1 })).toHaveLength(2);
});

test('stores features of named inputs, by the digests of all inputs', async () => {
  const { backbone } = model();
  const store = memoryFeatureStore();
  const stored = async (data = loader()): Promise<number> => {
    let most = 0;
    await extractFeatures(backbone, data, { store, onBatch: (_, known) => (most = known) });
    return most;
  };
  expect([await stored(), await stored()]).toEqual([0, 32]);
  const features = [await extractFeatures(backbone, loader(), { store }), await extractFeatures(backbone, loader())];
  expect(features[0]).toEqual(features[1]);
  // Only the mask differs.
  const unmasked = {
    async *batches(epoch: number): AsyncGenerator<NamedBatch> {
      for await (const batch of loader().batches(epoch)) {
        const { input_ids: ids, attention_mask: mask } = batch.inputs;
        const data = (mask!.data as BigInt64Array).map(() => 1n);
        yield { ...batch, inputs: { input_ids: ids!, attention_mask: { ...mask!, data } } };
      }
    },
  };
  const { samples } = await extractFeatures(backbone, unmasked, { store });
  expect(samples).toEqual((await extractFeatures(backbone, unmasked)).samples);
  expect(samples).not.toEqual(features[0]!.samples);
});

test('lora works with named inputs, and merge keeps the outputs', async () => {
  const made = model(2);
  const adapted = new TransferModel(lora(made.backbone, { rank: 2 }), made.head);
  await trainUnfrozen(adapted, loader(), { epochs: 40, learningRate: 0.02, firstGroupRate: 1 });
  const [reached, outputs] = [await share(adapted), await outputsOf(adapted)];
  expect(reached).toBeGreaterThan(0.9);
  const merged = new TransferModel((adapted.backbone as ReturnType<typeof lora<TextInputs>>).merge(), made.head);
  for (const [i, value] of (await outputsOf(merged)).entries()) expect(value).toBeCloseTo(outputs[i]!, 4);
});
async function outputsOf(of: Module<TextInputs>): Promise<number[]> {
  const found: number[] = [];
  for await (const batch of loader())
    found.push(...of.forward(prepareBatch(batch, js).input as unknown as TextInputs).numbers());
  return found;
}

test('taughtBy and pseudoLabels accept named inputs', async () => {
  const [teacher, student] = [model(3), model(4)];
  await trainUnfrozen(teacher, loader(), { epochs: 30, learningRate: 0.02 });
  const before = await weightsOf(teacher);
  await trainUnfrozen(student, loader(), {
    epochs: 30,
    learningRate: 0.02,
    loss: distillation({ alpha: 1, temperature: 2 }),
    prepare: taughtBy(teacher),
  });
  expect(await share(student)).toBeGreaterThan(0.9);
  expect(await weightsOf(teacher)).toEqual(before);
  const labels = await pseudoLabels(teacher as unknown as Module<ModuleInput>, loader(), { confidence: 0.6 });
  expect(labels.length).toBeGreaterThan(16);
  expect(labels.every(({ index, label }) => texts[index]!.label === label)).toBe(true);
});
