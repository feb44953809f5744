import {
  Conv1d,
  Conv2d,
  Embedding,
  Flatten,
  forward,
  GlobalAvgPool,
  inference,
  LearnedPositionalEncoding,
  Linear,
  type AnyModule,
  Module,
  type ModuleInput,
  MultiheadAttention,
  ReLU,
  type Run,
  Sequential,
  SinusoidalPositionalEncoding,
} from '@graft/layers';
import {
  add,
  cast,
  concat,
  div,
  expand,
  greater,
  type HostArray,
  js,
  maximum,
  mean,
  mul,
  narrow,
  ones,
  Parameter,
  reshape,
  sum,
  type Tensor,
  tensor,
  transpose,
  unsqueeze,
  zeros,
} from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectClose, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, type ExportOptions, importOnnx, type OnnxModel, readModel } from './index.ts';
import { buildModel, floats, noise } from './testing/index.ts';

type Hosts = Record<string, HostArray>;
const named = (inputs: Hosts): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(inputs).map(([name, one]) => [name, tensor(one.data, one)]));
const longs = (shape: readonly number[], at: (i: number) => number): HostArray => ({
  shape,
  dtype: 'int64',
  data: BigInt64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => BigInt(at(i))),
});
/** Tokens with as many of padding at the end of the last text. */
const texts = (batch: number, length: number, padding = 0): Hosts => {
  const isThere = (i: number): boolean => i < batch * length - padding;
  return {
    input_ids: longs([batch, length], (i) => (isThere(i) ? 1 + ((7 * i) % 30) : 0)),
    attention_mask: longs([batch, length], (i) => Number(isThere(i))),
  };
};

/** Exports a module, and expects onnxruntime to compute what it does for each of some inputs. */
async function expectSame(module: AnyModule, options: ExportOptions, cases: readonly Hosts[]): Promise<Uint8Array> {
  const bytes = await exportOnnx(module, options);
  for (const inputs of cases) {
    const given = named(inputs);
    const first = given['input'];
    const wanted = forward<ModuleInput>(module, first && Object.keys(given).length === 1 ? first : given);
    const [got] = Object.values(await runInOnnxruntime(bytes, inputs));
    expect(got!.shape).toEqual(wanted.shape);
    expectClose(got!.data, wanted.arraySync(), 2e-5);
  }
  return bytes;
}
const ports = (bytes: Uint8Array): string[] =>
  readModel(bytes).inputs.map(({ name, dtype, shape }) => `${name} ${dtype} ${shape?.join()}`);

/** The encoder, whose file names one length though its graph takes any: with that open, as published files have it. */
const openBert = await (async (): Promise<Uint8Array> => {
  const model = importOnnx(
    new Uint8Array(readFileSync(new URL('../test/networks/sentence-bert.onnx', import.meta.url))),
  );
  return exportOnnx(model, {
    inputs: Object.fromEntries(model.inputs.map((name) => [name, { shape: ['batch', 'sequence'] }])),
  });
})();
const bert = (): OnnxModel => importOnnx(openBert);
const sizes = [
  [1, 5],
  [3, 9],
  [2, 1],
] as const;

test.each([
  [
    'a stride that small differences in length do not pass',
    new Sequential(new Conv1d({ in: 1, out: 4, kernel: 8, stride: 6 }), new ReLU()),
    { input: { shape: ['batch', 1, 'samples'] } },
    { sizes: { samples: 16 } },
    [
      [2, 1, 16],
      [3, 1, 31],
      [1, 1, 64],
    ],
  ],
  [
    'a map that becomes a sequence behind a stride',
    new Sequential(new Conv2d({ in: 1, out: 3, kernel: 4, stride: 4 }), new Flatten({ start: 2 })),
    { input: { shape: ['batch', 1, 'height', 8] } },
    {},
    [
      [1, 1, 8, 8],
      [2, 1, 13, 8],
      [1, 1, 32, 8],
    ],
  ],
] as const)('sizes behind %s stay dynamic', async (_, module, inputs, options, shapes) => {
  const cases = shapes.map((shape) => ({
    input: {
      shape,
      dtype: 'float32' as const,
      data: Float32Array.from({ length: (shape as readonly number[]).reduce((a, b) => a * b, 1) }, (_, i) =>
        Math.sin(i),
      ),
    },
  }));
  await expectSame(module.initialize(1) as AnyModule, { inputs, ...options }, cases);
});

describe('an imported encoder with a head', () => {
  const withTypes = (inputs: Hosts): Hosts => ({
    ...inputs,
    token_type_ids: longs(inputs['input_ids']!.shape, (i) => i % 2),
  });
  const opened = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => `${name} int64 batch,sequence`);

  test('keeps names, dtypes and dynamic dimensions of its inputs', async () => {
    const model = new Sequential(bert(), new Linear({ in: 16, out: 3 }).initialize(1));
    const bytes = await expectSame(
      model,
      {},
      sizes.map(([batch, length]) => withTypes(texts(batch, length))),
    );
    expect(ports(bytes)).toEqual(opened);
    expect(readModel(bytes).outputs).toEqual([{ name: 'logits', dtype: 'float32', shape: ['batch', 3] }]);
  });
  test('padding changes no prediction of a trained encoder, here and in onnxruntime', async () => {
    const model = new Sequential(bert(), new Linear({ in: 16, out: 3 }).initialize(1));
    for (const [, weight] of model.parameters()) weight.take(mul(weight.value, 1.1));
    const bytes = await exportOnnx(model);
    const [first, second] = [withTypes(texts(1, 4)), withTypes(texts(1, 7))];
    const rows = (name: string): number[] =>
      [first, second].flatMap((one) => [...Array.from(one[name]!.data, Number), 0, 0, 0, 0, 0, 0].slice(0, 9));
    const together = Object.fromEntries(Object.keys(first).map((name) => [name, longs([2, 9], (i) => rows(name)[i]!)]));
    const wanted = [first, second].flatMap((one) => model.forward(named(one)).numbers());
    expectClose(model.forward(named(together)).numbers(), wanted, 2e-5);
    expectClose((await runInOnnxruntime(bytes, together))['logits']!.data, wanted, 2e-5);
  });
  test('so does a cut, and a rewritten graph where possible', async () => {
    const cut = bert().cut('output');
    expect(ports(await exportOnnx(cut))).toEqual(opened);
    await expect(
      exportOnnx(cut, { opset: 17, inputs: Object.fromEntries(cut.inputs.map((one) => [one, {}])) }),
    ).rejects.toThrow(/"sequence"/);
    const shape = ['batch', 6];
    const bytes = await expectSame(
      cut,
      { opset: 17, inputs: Object.fromEntries(cut.inputs.map((one) => [one, { shape }])) },
      [1, 4].map((batch) => withTypes(texts(batch, 6))),
    );
    expect(ports(bytes)).toEqual(cut.inputs.map((one) => `${one} int64 batch,6`));
  });
  test('a length that is fixed for export is fixed in the file', async () => {
    const model = new Sequential(bert(), new Linear({ in: 16, out: 3 }).initialize(1));
    const inputs = Object.fromEntries(bert().inputs.map((name) => [name, { shape: ['batch', 8] }]));
    const bytes = await expectSame(model, { inputs }, [withTypes(texts(2, 8))]);
    expect(ports(bytes)).toEqual(opened.map((port) => port.replace('sequence', '8')));
  });

  /** The mask and the segments are made of the tokens. */
  class OfTokens extends Module<{ tokens: Tensor }> {
    readonly encoder = bert();
    override forward({ tokens }: { tokens: Tensor }, run: Run = inference): Tensor {
      return this.encoder.forward(
        {
          input_ids: tokens,
          attention_mask: cast(greater(tokens, 0), 'int64'),
          token_type_ids: zeros(tokens.shape, { dtype: 'int64', backend: js }),
        },
        run,
      );
    }
  }
  test('fed by another module whose inputs have other names', async () => {
    const tokens = { shape: ['texts', 'words'], dtype: 'int64' } as const;
    const bytes = await expectSame(
      new OfTokens(),
      { inputs: { tokens } },
      sizes.map(([batch, length]) => ({ tokens: texts(batch, length, length - 1)['input_ids']! })),
    );
    expect(ports(bytes)).toEqual(['tokens int64 texts,words']);
    expect(readModel(bytes).outputs[0]!.shape).toEqual(['texts', 16]);
  });
  test('dimensions with different names per input are unified where they must be equal', async () => {
    const own = (name: string): { dtype: 'float32'; shape: string[] } => ({
      dtype: 'float32',
      shape: [`${name}_dynamic_axes_1`, `${name}_dynamic_axes_2`],
    });
    const model = importOnnx(
      buildModel({
        inputs: { a: own('a'), b: own('b') },
        outputs: ['y'],
        nodes: [['Add', ['a', 'b'], ['y']]],
      }),
    );
    const file = readModel(await exportOnnx(new Sequential(model, new Doubled())));
    expect(file.inputs.map(({ shape }) => shape)).toEqual([own('a').shape, own('b').shape]);
    expect(file.outputs[0]!.shape).toEqual(own('a').shape);
  });
});

class Doubled extends Module {
  override forward(x: Tensor): Tensor {
    return mul(x, 2);
  }
}
class Fn extends Module {
  readonly fn: (x: Tensor) => Tensor;
  constructor(fn: (x: Tensor) => Tensor) {
    super();
    this.fn = fn;
  }
  override forward(x: Tensor): Tensor {
    return this.fn(x);
  }
}

/** A small encoder of texts as one writes it, with the mean over the mask. */
class TextEncoder extends Module<{ input_ids: Tensor; attention_mask: Tensor }> {
  readonly embedding = new Embedding({ count: 31, features: 8 });
  readonly positions: Module;
  readonly attention = new MultiheadAttention({ features: 8, heads: 2 });
  constructor(positions: Module = new LearnedPositionalEncoding({ count: 24, features: 8 })) {
    super();
    this.positions = positions;
  }
  override forward({ input_ids, attention_mask }: { input_ids: Tensor; attention_mask: Tensor }): Tensor {
    const vectors = this.positions.forward(this.embedding.forward(input_ids));
    const attended = this.attention.forward(vectors);
    const weight = unsqueeze(cast(attention_mask, 'float32'), [2]);
    return div(sum(mul(attended, weight), 1), maximum(sum(weight, 1), 1));
  }
}
const open = {
  input_ids: { shape: ['batch', 'sequence'], dtype: 'int64' },
  attention_mask: { shape: ['batch', 'sequence'], dtype: 'int64' },
} as const;

describe('modules defined in code', () => {
  test('an image and a text', async () => {
    class Both extends Module<{ image: Tensor; text: Tensor }> {
      readonly image = new Sequential(new GlobalAvgPool(), new Flatten(), new Linear({ in: 3, out: 4 }));
      readonly text = new Embedding({ count: 31, features: 4 });
      override forward({ image, text }: { image: Tensor; text: Tensor }): Tensor {
        return concat([this.image.forward(image), mean(this.text.forward(text), 1)], 1);
      }
    }
    const cases = [
      [2, 5, 4],
      [1, 3, 7],
    ] as const;
    const bytes = await expectSame(
      new Both().initialize(1),
      {
        inputs: {
          image: { shape: ['batch', 3, 'height', 'width'] },
          text: { shape: ['batch', 'words'], dtype: 'int64' },
        },
      },
      cases.map(([batch, length, size]) => ({
        image: floats([batch, 3, size, size + 1], noise(batch)),
        text: texts(batch, length)['input_ids']!,
      })),
    );
    expect(ports(bytes)).toEqual(['image float32 batch,3,height,width', 'text int64 batch,words']);
    expect(readModel(bytes).outputs[0]!.shape).toEqual(['batch', 8]);
  });
  test('attention and learned positions at any length', async () => {
    const bytes = await expectSame(
      new TextEncoder().initialize(2),
      { inputs: open },
      sizes.map(([batch, length]) => texts(batch, length, Math.min(2, length - 1))),
    );
    expect(ports(bytes)).toEqual(['input_ids int64 batch,sequence', 'attention_mask int64 batch,sequence']);
  });
  test('a model that depends on one length is rejected, but exported with a fixed one', async () => {
    const model = new TextEncoder(new SinusoidalPositionalEncoding({ features: 8 })).initialize(3);
    await expect(exportOnnx(model, { inputs: open })).rejects.toThrow(
      'The model makes float32 values [6, 8] that depend on the size of "sequence", but a file can only store them for one size. Export it with a fixed size for "sequence".',
    );
    const fixed = { shape: ['batch', 7], dtype: 'int64' } as const;
    await expectSame(model, { inputs: { input_ids: fixed, attention_mask: fixed } }, [texts(1, 7), texts(3, 7)]);
  });

  const length = { inputs: { input: { shape: ['batch', 'length', 4] } } } as const;
  test.each<[string, (x: Tensor) => Tensor, string]>([
    ['a number made of the length', (x) => div(sum(x, 1), x.shape[1]!), 'that depend on the size of "length"'],
    ['a layer for one length', (x) => reshape(x, [x.shape[0]!, 24]), '"length"'],
    ['half of the length', (x) => narrow(x, 1, 0, Math.floor(x.shape[1]! / 2)), 'computed from a dynamic dimension'],
    ['the middle', (x) => narrow(x, 1, Math.floor(x.shape[1]! / 2), 1), 'computed from a dynamic dimension'],
    ['a table of rows', (x) => add(x, tensor(positions(x.shape[1]!), { shape: [x.shape[1]!, 1] })), '"length"'],
    ['a choice', (x) => (x.shape[1]! % 2 ? mul(x, 2) : x), 'The model computes differently for "length" ='],
    ['a part of the batch', (x) => narrow(x, 0, 0, Math.ceil(x.shape[0]! / 2)), 'computed from a dynamic dimension'],
  ])('%s is refused', (_, fn, message) => expect(exportOnnx(new Fn(fn), length)).rejects.toThrow(message));
  test.each<[string, (x: Tensor) => Tensor]>([
    ['the last token', (x) => narrow(x, 1, x.shape[1]! - 1, 1)],
    ['all but the first and last', (x) => narrow(x, 1, 1, x.shape[1]! - 2)],
    ['all but the last of the batch', (x) => narrow(concat([x, x], 0), 0, 0, 2 * x.shape[0]! - 1)],
    ['ones of the same shape', (x) => add(x, ones(x.shape))],
    [
      'heads beside the batch',
      (x) =>
        reshape(transpose(reshape(x, [...x.shape.slice(0, 2), 2, 2]), [0, 2, 1, 3]), [2 * x.shape[0]!, x.shape[1]!, 2]),
    ],
    ['batch and length in one', (x) => reshape(x, [-1, 4])],
    ['batch and length in one and apart', (x) => reshape(mul(reshape(x, [-1, 4]), 2), x.shape)],
    ['length before batch', (x) => reshape(transpose(x, [1, 0, 2]), [x.shape[1]!, x.shape[0]!, 2, 2])],
  ])('%s follows every size', async (_, fn) => {
    const cases = [
      [1, 4],
      [3, 8],
      [2, 3],
    ] as const;
    await expectSame(
      new Fn(fn),
      length,
      cases.map(([batch, words]) => ({ input: floats([batch, words, 4], noise(words)) })),
    );
  });
});

test('a learned token in front of each sequence of a batch', async () => {
  class WithToken extends Module {
    readonly token = new Parameter(tensor([1, 2, 3, 4], { shape: [1, 1, 4] }));
    override forward(x: Tensor): Tensor {
      return concat([expand(this.token.value, [x.shape[0]!, 1, 4]), x], 1);
    }
  }
  await expectSame(new WithToken(), { inputShape: [3, 4] }, [
    { input: floats([1, 3, 4], noise(1)) },
    { input: floats([4, 3, 4], noise(2)) },
  ]);
});

const positions = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i);

describe('an imported graph for images of any size', () => {
  const graph = (): OnnxModel =>
    importOnnx(
      buildModel({
        inputs: { x: { shape: ['batch', 3, 'height', 'width'] } },
        outputs: ['y'],
        constants: { w: floats([4, 3, 3, 3], noise(1)) },
        nodes: [['Conv', ['x', 'w'], ['y'], { strides: [2, 2], pads: [1, 1, 1, 1] }]],
      }),
    );
  test('stays one under a head that pools, whatever size it was trained at', async () => {
    const model = new Sequential(graph(), new GlobalAvgPool(), new Flatten(), new Linear({ in: 4, out: 2 })).initialize(
      1,
    );
    for (const options of [{}, { inputShape: [3, 8, 8] }]) {
      const bytes = await exportOnnx(model, options);
      expect(ports(bytes)).toEqual(['x float32 batch,3,height,width']);
      const image = floats([2, 3, 10, 6], noise(3));
      const { logits } = await runInOnnxruntime(bytes, { x: image });
      expectClose(logits!.data, model.forward(tensor(image.data, image)).arraySync(), 1e-5);
    }
  });
  test('becomes one for the size it was trained at under a head that does not', async () => {
    const model = new Sequential(graph(), new Flatten(), new Linear({ in: 64, out: 2 })).initialize(1);
    expect(ports(await exportOnnx(model, { inputShape: [3, 8, 8] }))).toEqual(['x float32 batch,3,8,8']);
    await expect(exportOnnx(model)).rejects.toThrow('The export used "height" as 224, "width" as 224; give sizes');
  });
  test('uses the given name', async () => {
    const model = new Sequential(graph(), new GlobalAvgPool());
    const image = floats([2, 3, 6, 6], noise(3));
    const wanted = model.forward(tensor(image.data, image)).arraySync();
    for (const options of [
      { inputs: { photo: { shape: ['batch', 3, 'height', 'width'] } } },
      { inputShape: [3, 6, 6], inputName: 'photo' },
    ]) {
      const bytes = await exportOnnx(model, options);
      expect(ports(bytes)).toEqual(['photo float32 batch,3,height,width']);
      expectClose((await runInOnnxruntime(bytes, { photo: image }))['logits']!.data, wanted, 1e-5);
    }
  });
  test('the shape of a dynamic map is written as far as it is known', async () =>
    expect(readModel(await exportOnnx(graph(), { inputShape: [3, 8, 8] })).outputs[0]!.shape).toEqual([
      'batch',
      4,
      null,
      null,
    ]));
});

describe('mismatches are rejected with a clear error', () => {
  const model = new TextEncoder().initialize(1);
  const { input_ids, attention_mask } = open;
  test.each<[string, ExportOptions, string]>([
    ['missing', { inputs: { input_ids } }, 'The model expects an input "attention_mask", which is missing.'],
    [
      'misspelt',
      { inputs: { input_ids, attention_msk: attention_mask } },
      'The model expects an input "attention_mask", which is missing. Given inputs: input_ids, attention_msk. Did you mean "attention_msk"?',
    ],
    [
      'extra',
      { inputs: { input_ids, attention_mask, types: attention_mask } },
      'The model does not have an input "types". It expects input_ids, attention_mask.',
    ],
    [
      'without a shape',
      { inputs: { input_ids, attention_mask: {} } },
      'The shape of the input "attention_mask" is unknown',
    ],
    ['named and not', { inputs: open, inputShape: [3] }, 'not both'],
    ['none', { inputs: {} }, 'inputs is empty'],
    ['of half a size', { inputs: { x: { shape: [1.5] } } }, 'must be a positive integer or a name, got 1.5'],
  ])('%s', (_, options, message) => expect(exportOnnx(model, options)).rejects.toThrow(message));
  test('another dtype than the file has', async () => {
    const wrong = { shape: ['batch', 'sequence'], dtype: 'float32' } as const;
    await expect(exportOnnx(new Sequential(bert(), new Doubled()), { inputs: { input_ids: wrong } })).rejects.toThrow(
      'The input "input_ids" holds int64 values in the imported file, but float32 was requested.',
    );
    const floats = { ...named(texts(1, 3)), input_ids: ones([1, 3]), token_type_ids: ones([1, 3]) };
    expect(() => bert().forward(floats)).toThrow(
      `Input "input_ids" expects int64 values, got float32. The graph's inputs are input_ids (int64), attention_mask (int64), token_type_ids (int64).`,
    );
  });
});
