import type { ReadingOptions } from '@graft/data';
import { exportOnnx, onnxPlugin, readModel } from '@graft/onnx';
import { dataPlugin, type NamedBatch } from '@graft/data';
import { Embedding, type Inputs, layersPlugin, Module } from '@graft/layers';
import { apiVersion, configurable, createApp, definePlugin } from '@graft/plugin';
import { mean, type Tensor } from '@graft/tensor';
import { buildVocabulary, textPlugin, type Tokenizer, tokenizer } from '@graft/text';
import { expect, test } from 'vitest';
import { classification } from '../objectives/classification.ts';
import { WrongModality } from '../wrong-modality.ts';
import { textInput } from './text-input.ts';
import { textModality, type TextOptions } from './text-modality.ts';

const json = new TextEncoder().encode(buildVocabulary(['one two three', 'two four'], { size: 40 }));
const bytes = definePlugin({
  name: 'bytes',
  apiVersion,
  contributes: [
    tokenizer(
      configurable(
        'bytes',
        ({ offset = 0 }: { readonly offset?: number }): Tokenizer => ({
          size: 256,
          encode: (text) => [...new TextEncoder().encode(text)].map((byte) => byte + offset),
          decode: () => '',
          idOf: () => undefined,
        }),
        { offset: 'number' },
      ),
    ),
  ],
});
const app = await createApp([layersPlugin, dataPlugin, onnxPlugin, textPlugin, bytes]);

class MeanOfTokens extends Module<Inputs> {
  readonly embedding = new Embedding({ count: 256, features: 2 });
  override forward({ input_ids: ids }: Inputs): Tensor {
    return mean(this.embedding.forward(ids!), 1);
  }
}
const networkOf = async (
  shape: readonly (number | string)[],
  files: Readonly<Record<string, Uint8Array>> = { 'tokenizer.json': json },
): Promise<Parameters<ReturnType<typeof textModality>['feed']>[0]> => ({
  card: undefined,
  file: readModel({
    name: 'net',
    model: await exportOnnx(new MeanOfTokens().initialize(1), { inputs: { input_ids: { shape, dtype: 'int64' } } }),
  }),
  companion: async (name) => files[name],
});
const feedOf = async (options: TextOptions, ...args: Parameters<typeof networkOf>) =>
  textModality(options, app).feed(await networkOf(...args), classification);

test('without a mask every text is padded to one length, and that is said', async () => {
  const { assumptions, inputs, collate, preprocessing, companions } = await feedOf({ maxLength: 5 }, [
    'batch',
    'length',
  ]);
  expect(assumptions).toEqual([
    '"net" has no attention_mask, so texts are padded to 5 tokens, and padding affects the predictions.',
  ]);
  expect(inputs).toEqual({ input_ids: { shape: [5], dtype: 'int64' } });
  expect(preprocessing).toEqual({ maxLength: 5, fixed: true, padding: 0 });
  expect(companions).toEqual({ 'tokenizer.json': json });
  const batch = collate([{ input: 'two', label: 0 }], [0]) as NamedBatch;
  expect(batch.inputs['input_ids']!.shape).toEqual([1, 5]);
  expect(collate([{ input: 'two', label: Float32Array.of(1, 2) }], [0])).toMatchObject({ labelShape: [1, 2] });
});
test('the length comes from the file, the option, config.json, or what the network runs with', async () => {
  const lengthOf = async (...args: Parameters<typeof feedOf>): Promise<unknown> =>
    ((await feedOf(...args)).preprocessing as { readonly maxLength: number }).maxLength;
  const config = (value: object): Record<string, Uint8Array> => ({
    'tokenizer.json': json,
    'config.json': new TextEncoder().encode(JSON.stringify(value)),
  });
  const open = ['batch', 'length'];
  expect(await lengthOf({}, ['batch', 12])).toBe(12);
  expect(await lengthOf({}, open)).toBe(256);
  expect(await lengthOf({ maxLength: 300 }, open)).toBe(300);
  expect(await lengthOf({}, open, config({ max_position_embeddings: 66 }))).toBe(66);
  expect(await lengthOf({}, open, config({ max_position_embeddings: 66, model_type: 'roberta' }))).toBe(64);
  expect(await lengthOf({}, open, config({ max_position_embeddings: 'many' }))).toBe(256);
  await expect(feedOf({ maxLength: 300 }, open, config({ max_position_embeddings: 66 }))).rejects.toThrow(
    '"net" takes at most 66 tokens, and the option maxLength of the modality text is 300. Lower it.',
  );
  await expect(feedOf({ maxLength: 13 }, ['batch', 12])).rejects.toThrow('Leave it out.');
  expect(() => textModality({ maxLength: 0 }, app)).toThrow(
    'The option maxLength of the modality text must be from 1 to 8192, got 0.',
  );
});
test("a plugin's tokenizer replaces tokenizer.json, and its options travel with the model", async () => {
  const modality = textModality({ tokenizer: { name: 'bytes', offset: 1 } }, app);
  const network = await networkOf(['batch', 4], {});
  const feed = await modality.feed(network, classification);
  expect(feed.companions).toBeUndefined();
  const ids = (from: typeof feed): unknown =>
    (from.collate([{ input: 'ab', label: 0 }], [0]) as NamedBatch).inputs['input_ids']!.data;
  expect(ids(feed)).toEqual(BigInt64Array.of(98n, 99n, 0n, 0n));
  const again = await textModality({}, app).restore(
    JSON.parse(JSON.stringify(feed.preprocessing)),
    network,
    classification,
  );
  expect(ids(again)).toEqual(ids(feed));
  await expect(feedOf({}, ['batch', 4], {})).rejects.toThrow(
    '"net" has no tokenizer.json beside it, so texts cannot be tokenized.',
  );
  for (const damaged of [null, {}, { maxLength: 1e9, fixed: true, padding: 0 }, { maxLength: 4, fixed: 1, padding: 0 }])
    await expect(modality.restore(damaged, network, classification)).rejects.toThrow(
      'does not say under "preprocessing" how texts are fed to the model',
    );
});
test('a tokenizer of another network is refused before anything is tokenized', async () => {
  const numbers = Object.fromEntries(['[UNK]', 'a', 'b'].map((token, i) => [token, 200 * i]));
  const foreign = new TextEncoder().encode(
    JSON.stringify({
      ...(JSON.parse(new TextDecoder().decode(json)) as object),
      added_tokens: [],
      model: { type: 'WordPiece', unk_token: '[UNK]', vocab: numbers },
    }),
  );
  const message =
    'The tokenizer.json has token numbers up to 400, but the network "net" has embeddings for 256 tokens only. Use the tokenizer';
  await expect(feedOf({}, ['batch', 4], { 'tokenizer.json': foreign })).rejects.toThrow(message);
  const feed = await feedOf({}, ['batch', 4]);
  await expect(
    textModality({}, app).restore(
      feed.preprocessing,
      await networkOf(['batch', 4], { 'tokenizer.json': foreign }),
      classification,
    ),
  ).rejects.toThrow(message);
  await expect(feedOf({}, ['batch', 4], { 'tokenizer.json': new Uint8Array() })).rejects.toThrow(
    'The tokenizer of "net" cannot be used. This is not a tokenizer.json: it is not JSON.',
  );
});
test('a file that is too large for a text is refused, before it is read if its size is known', async () => {
  const { read } = await feedOf({}, ['batch', 4]);
  let reads = 0;
  const file = {
    name: 'log.txt',
    size: 300e6,
    async arrayBuffer() {
      reads++;
      return new ArrayBuffer(0);
    },
  };
  const modality = textModality({}, app);
  await expect(read(modality.inputFrom(file))).rejects.toThrow(
    '"log.txt" has 300000000 bytes, and at most 16777216 are supported.',
  );
  expect(reads).toBe(0);
  await expect(read(modality.inputFrom(new Uint8Array(2 ** 24 + 1)))).rejects.toThrow('16777217 bytes');
});
test('texts are read from files, columns and code', async () => {
  const { read, show } = await feedOf({}, ['batch', 4]);
  const modality = textModality({}, app);
  const readOf = (contents: Uint8Array): Promise<unknown> => read(modality.inputFrom(contents));
  expect(await readOf(new TextEncoder().encode('\uFEFF one\n'))).toBe('one');
  expect(await readOf(Uint8Array.of(0xff, 0xfe, 0x6f, 0, 0x6b, 0))).toBe('ok');
  await expect(readOf(Uint8Array.of(0xff, 0x80))).rejects.toThrow('"the text" is not a text in UTF-8 or UTF-16.');
  await expect(read(modality.inputFrom(' '))).rejects.toThrow('is empty.');
  expect(await show(modality.inputFrom('two'))).toEqual({ text: 'two' });
  expect(() => modality.inputFrom(3)).toThrow('Expected a text.');
  const examples = { root: '', list: [], ignored: [], file: () => ({ name: '', bytes: async () => json }) };
  const at = (fields: object, options: TextOptions = {}): unknown =>
    textModality(options, app).inputOf({ place: 'Row 1', fields: fields as Record<string, unknown> }, examples);
  expect(at({ text: 'a' })).toEqual({ name: 'Row 1', text: 'a' });
  expect(at({ input: 'b' })).toEqual({ name: 'Row 1', text: 'b' });
  expect(at({ review: 'c' }, { textColumn: 'review' })).toEqual({ name: 'Row 1', text: 'c' });
  expect(() => at({ review: 'c' })).toThrow('has no "text"; it has: review.');
  const row = { place: 'Row 1', fields: { review: 'c', where: '1.txt' } };
  const readAt = (reading: ReadingOptions, options: TextOptions = {}): unknown =>
    textModality(options, app).inputOf(row, {
      ...examples,
      file: (name) => ({ name, bytes: async () => json }),
      reading,
    });
  expect(readAt({ textColumn: 'review' }, { textColumn: 'other' })).toEqual({ name: 'Row 1', text: 'c' });
  expect(readAt({ pathColumn: 'where' })).toMatchObject({ name: '1.txt' });
  expect(at({ Path: 'b/1.TXT', label: 'b' })).toMatchObject({ bytes: expect.any(Function) });
  expect(at({ path: '1.txt', text: 'd' })).toEqual({ name: 'Row 1', text: 'd' });
  expect(() => at({ file: 'reviews.csv', review: 'c' })).toThrow('has no "text"; it has: file, review.');
  expect(modality.inputFrom({ name: 'Row 1', text: 'c' })).toEqual({ name: 'Row 1', text: 'c' });
});
test.each([
  [[{ name: 'x', dtype: 'float32', shape: ['N', 3, 8, 8] }], 'has an input "x"'],
  [[{ name: 'attention_mask', dtype: 'int64', shape: ['N', 8] }], 'has no input "input_ids"'],
  [[{ name: 'input_ids', dtype: 'float32', shape: ['N', 8] }], 'takes float32 values in its input "input_ids"'],
  [[{ name: 'input_ids', dtype: 'int64', shape: ['N', 2, 8] }], 'takes [N, 2, 8] in its input "input_ids"'],
])('another network is not one of texts: %j', (inputs, message) => {
  const read = (): unknown => textInput({ name: 'net', inputs } as never);
  expect(read).toThrow(`"net" ${message}. A network of texts takes integers [batch, tokens]`);
  expect(read).toThrow(WrongModality);
});
