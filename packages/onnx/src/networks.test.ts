import { createWasmBackend } from '@graft/backend-wasm';
import { meanSquaredError } from '@graft/layers';
import { type HostArray, mul, scope, sub, type Tensor, tensor, transpose, valueAndGrad } from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, importOnnx } from './index.ts';

interface Golden {
  readonly origin: string;
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly inputs: Readonly<
          Record<string, { readonly shape: readonly number[]; readonly values?: readonly number[] }>
        >;
        readonly shape: readonly number[];
        readonly output: readonly number[];
        readonly loss: number;
        /** Length, and products with four waves. */
        readonly gradients: Readonly<
          Record<string, { readonly transposed: boolean; readonly values: readonly number[] }>
        >;
        readonly parameters: number;
      }
    >
  >;
}
const folder = new URL('../test/networks/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('networks.golden.json', folder), 'utf8')) as Golden;
const backend = await createWasmBackend();

const wave = (shape: readonly number[], step = 0.7): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * step + 0.3)),
});
const product = (a: ArrayLike<number>, b: (i: number) => number): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b(i), 0);
const summary = (values: ArrayLike<number>): number[] => [
  Math.sqrt(product(values, (i) => values[i]!)),
  ...[1, 2, 3, 4].map((k) => product(values, (i) => Math.sin(i * (0.37 * k + 0.1) + k))),
];

describe.each(Object.entries(golden.networks))(
  '%s, as PyTorch exports it',
  (name, { inputs: ports, shape, output, loss, gradients, parameters }) => {
    const bytes = new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)));
    const inputs = Object.fromEntries(
      Object.entries(ports).map(([port, one]): [string, HostArray] => [
        port,
        one.values
          ? { shape: one.shape, dtype: 'int64', data: BigInt64Array.from(one.values, BigInt) }
          : wave(one.shape),
      ]),
    );
    const placed = (): Map<string, Tensor> =>
      new Map(
        Object.entries(inputs).map(([port, { data, shape, dtype }]) => [
          port,
          tensor(data, { shape, dtype, ...(dtype === 'float32' && { backend }) }),
        ]),
      );

    test('computes what onnxruntime and PyTorch do', async () => {
      const model = await importOnnx(bytes).to(backend);
      const got = scope(() => model.call(placed()).get('output')!);
      expect(got.shape).toEqual(shape);
      expectClose(got.arraySync(), output, 1e-4);
      expectClose(got.arraySync(), (await runInOnnxruntime(bytes, inputs))['output']!.data, 1e-4);
    });

    test("has PyTorch's gradients", async () => {
      const model = await importOnnx(bytes).to(backend);
      const names = Object.keys(gradients);
      expect(names).toHaveLength(parameters);
      const target = wave(shape, 0.9).data as Float32Array;
      const wanted = tensor(
        target.map((value) => value / 2),
        { shape, backend },
      );
      const { value, grads } = valueAndGrad(
        () => meanSquaredError()(model.call(placed()).get('output')!, wanted),
        names.map((one) => model.weights.get(one)!),
      );
      expect(value.item()).toBeCloseTo(loss, Math.max(0, 5 - Math.log10(loss)));
      const whole = Math.hypot(...names.map((one) => gradients[one]!.values[0]!));
      for (const [i, one] of names.entries()) {
        const { transposed, values } = gradients[one]!;
        // What is a millionth of the whole gradient is noise: the bias of keys in attention has none in exact arithmetic.
        const length = Math.max(values[0]!, 1e-6 * whole);
        const own = summary(scope(() => (transposed ? transpose(grads[i]!) : grads[i]!).arraySync() as Float32Array));
        own.forEach((value, k) =>
          expect(Math.abs(value - values[k]!) / length, `${one}, number ${k}: ${value}, not ${values[k]}`).toBeLessThan(
            1e-3,
          ),
        );
      }
    });

    test('trained and exported it computes the same in onnxruntime', async () => {
      const model = importOnnx(bytes);
      for (const weight of model.weights.values())
        if (weight.kind === 'weight') weight.value = sub(mul(weight.value, 1.05), 0.001);
      const own = runImported(model, inputs).get('output')!.arraySync();
      expectClose((await runInOnnxruntime(await exportOnnx(model), inputs))['output']!.data, own, 1e-4);
    });
  },
);

test.each([
  ['clip', '/ln_post/LayerNormalization_output_0 vector 16', 'conv1 other ln_pre resblocks.0 ln_post'],
  // An encoder has no head: what it gives is features.
  ['sentence-bert', 'output vector 16', 'position_embeddings word_embeddings token_type_embeddings norm layer.0'],
  ['whisper', 'output sequence 16', 'conv1 conv2 other blocks.0 ln_post'],
  [
    'mobilenet',
    '/classifier/classifier.1/HardSwish_output_0 vector 32',
    'features.0 features.1 features.2 features.3 features.4 classifier',
  ],
])('%s: where it can be cut, and its layers by depth', (name, cut, groups) => {
  const model = importOnnx(new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder))));
  const inputShapes = Object.fromEntries(
    Object.entries(golden.networks[name]!.inputs).map(([port, { shape }]) => [port, shape]),
  );
  const [first] = model.candidateCuts({ inputShapes });
  expect(`${first!.value} ${first!.kind} ${first!.features}`).toBe(cut);
  expect(
    model
      .layerGroups()
      .map((group) => group.name)
      .join(' '),
  ).toBe(groups);
});
