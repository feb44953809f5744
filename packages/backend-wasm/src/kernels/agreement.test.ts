import {
  type AnyOp,
  apply,
  Attention,
  type Conv2dAttrs,
  Conv2d,
  Conv2dInputGrad,
  Conv2dWeightGrad,
  Dropout,
  type DType,
  js,
  Matmul,
  MaxPool2d,
  MaxPool2dGrad,
  AvgPool2d,
  AvgPool2dGrad,
  BatchNorm,
  BatchNormInputGrad,
  BatchNormSums,
  Moments,
  type Pool2dAttrs,
  Random,
  type Shape,
  scope,
  sizeOf,
  Sum,
  Mean,
  Max,
  Min,
  Softmax,
  LogSoftmax,
  SoftmaxCrossEntropy,
  SoftmaxCrossEntropyGrad,
  Standardize,
  StandardizeGrad,
  tensor,
  Transpose,
  Slice,
  SliceGrad,
  Expand,
  Pad,
  Concat,
  Add,
  Div,
  Maximum,
  Where,
  And,
  Cast,
  Equal,
  Gather,
  GatherGrad,
  Greater,
  GreaterEqual,
  IsNaN,
  Less,
  LessEqual,
  Not,
  Or,
  Xor,
} from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { createWasmBackend, type WasmBackend } from '../index.ts';

// Every kernel against its op's reference in float64, over random shapes: tails, edges and paths that hand-picked samples miss. And
// every number of threads against one thread, bit for bit, with even the smallest work shared.
const variants = await Promise.all(
  [true, false].map(async (relaxed) => {
    const [backend, ...others] = await Promise.all(
      [1, 2, 3].map((threads) => createWasmBackend({ relaxed, threads, leastWork: 0 })),
    );
    return { variant: backend!.variant, backend: backend!, others };
  }),
);
while (variants.some(({ others }) => others.some(({ threads }, i) => threads < i + 2)))
  await new Promise((resolve) => setTimeout(resolve, 2));
const backends = variants.map(({ backend }) => backend);

interface Input {
  readonly shape: Shape;
  readonly values?: (i: number) => number;
  readonly dtype?: DType;
}
interface Case {
  readonly op: AnyOp;
  readonly inputs: readonly Input[];
  readonly attrs?: unknown;
}

/** The bytes of what a backend computes. */
function bytesOf(backend: WasmBackend, { op, inputs, attrs }: Case, values: readonly Float32Array[]): Uint8Array {
  return scope(() => {
    const own = inputs.map(({ shape, dtype = 'float32' }, i) => tensor([...values[i]!], { shape, dtype, backend }));
    const result = apply(op, own, attrs).arraySync();
    return new Uint8Array(result.buffer, result.byteOffset, result.byteLength);
  });
}

/**
 * The largest difference from the reference, in relation to the largest value of the result.
 * @throws if the kernel declined, or more threads give other bits
 */
function errorOf(
  backend: WasmBackend,
  others: readonly WasmBackend[],
  { op, inputs, attrs }: Case,
  random: Random,
): number {
  return scope(() => {
    const values = inputs.map(({ shape, values }) =>
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => values?.(i) ?? random.normal()),
    );
    const own = inputs.map(({ shape, dtype = 'float32' }, i) => tensor([...values[i]!], { shape, dtype, backend }));
    const exact = inputs.map(({ shape, dtype = 'float64' }, i) =>
      tensor([...values[i]!], { shape, dtype, backend: js }),
    );
    const data = backend.kernels.get(op.name)!(own as never, attrs, op.infer(own, attrs));
    expect(data, `${op.name} of ${JSON.stringify(inputs.map(({ shape }) => shape))} has a kernel`).toBeDefined();
    const spec = op.infer(own, attrs);
    const actual = backend.view!(data!, spec) as Float32Array;
    const expected = apply(op, exact, attrs).numbers();
    let [error, scale] = [0, 1e-30];
    for (const [i, e] of expected.entries()) {
      const a = actual[i]!;
      if (Object.is(a, e) || a === e) continue;
      const difference = Math.abs(a - e);
      if (!(difference <= error) && !Number.isNaN(error)) error = difference; // NaN counts as the largest
      scale = Math.max(scale, Math.abs(e));
    }
    for (const other of others) {
      const bytes = bytesOf(other, { op, inputs, attrs }, values);
      if (Buffer.compare(bytes, new Uint8Array(actual.buffer, actual.byteOffset, actual.byteLength)) !== 0)
        throw new Error(
          `${op.name} of ${JSON.stringify(inputs.map(({ shape }) => shape))} ${JSON.stringify(attrs)} gives other bits with ${other.threads} threads.`,
        );
    }
    backend.release(data!);
    return error / scale;
  });
}

function agree(
  name: string,
  count: number,
  tolerance: number,
  make: (random: Random, n: number) => Case | readonly Case[] | undefined,
): void {
  describe.each(variants)('$variant', ({ backend, others }) => {
    test(`${name} agrees with its reference`, () => {
      const failures: string[] = [];
      for (let n = 0; n < count; n++) {
        const random = new Random(7).fork(name, n);
        for (const one of [make(random, n) ?? []].flat() as Case[]) {
          const error = errorOf(backend, others, one, random);
          if (!(error <= tolerance))
            failures.push(
              `${one.op.name} of ${JSON.stringify(one.inputs.map(({ shape }) => shape))} ${JSON.stringify(one.attrs)}: error ${error}`,
            );
        }
      }
      expect(failures).toEqual([]);
    });
  });
}

const between = (random: Random, low: number, high: number): number => low + random.int(high - low + 1);

agree('conv2d', 250, 1e-5, (random, n) => {
  const r = (low: number, high: number): number => between(random, low, high);
  const depthwise = n % 4 === 0;
  const groups = depthwise ? r(2, 5) : [1, 1, 2, 3][r(0, 3)]!;
  const c = depthwise ? groups : groups * r(1, 9);
  const k = groups * r(1, depthwise ? 2 : 9);
  let x = [r(1, 5), c, r(1, 13), r(1, 13)];
  let [kh, kw] = [r(1, 5), r(1, 5)];
  let attrs: Conv2dAttrs = {
    stride: [r(1, 3), r(1, 3)],
    padding: [r(0, 3), r(0, 3), r(0, 3), r(0, 3)],
    dilation: [r(1, 3), r(1, 3)],
    groups,
  };
  if (n % 5 === 1) [kh, kw, attrs] = [1, 1, { ...attrs, padding: [0, 0, 0, 0] }];
  if (n % 5 === 2)
    [kh, kw, attrs] = [
      3,
      3,
      { stride: [1, 1], padding: [r(0, 2), r(0, 2), r(0, 2), r(0, 2)], dilation: [1, 1], groups: 1 },
    ]; // Winograd
  if (n % 20 === 3) [kh, kw, attrs] = [x[2]!, x[3]!, { ...attrs, padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 }]; // a matrix product
  if (n % 25 === 6) x = [5, c, 7, 7]; // blocks of images
  const { stride, padding, dilation } = attrs;
  const oh = Math.floor((x[2]! + padding[0] + padding[2] - dilation[0] * (kh - 1) - 1) / stride[0]) + 1;
  const ow = Math.floor((x[3]! + padding[1] + padding[3] - dilation[1] * (kw - 1) - 1) / stride[1]) + 1;
  if (oh < 1 || ow < 1) return undefined;
  const [kernel, y] = [
    [k, c / attrs.groups, kh, kw],
    [x[0]!, k, oh, ow],
  ];
  return [
    { op: Conv2d, inputs: [{ shape: x }, { shape: kernel }], attrs },
    { op: Conv2d, inputs: [{ shape: x }, { shape: kernel }, { shape: [k] }], attrs },
    { op: Conv2dInputGrad, inputs: [{ shape: y }, { shape: kernel }], attrs: { ...attrs, inputShape: x } },
    { op: Conv2dWeightGrad, inputs: [{ shape: x }, { shape: y }], attrs: { ...attrs, kernelShape: kernel } },
  ];
});

agree('Winograd', 8, 1e-5, (random, n) => {
  const r = (low: number, high: number): number => between(random, low, high);
  // More tiles than one block; more images than one block, the last with a number of tiles that is no multiple of four.
  const [batch, size] = n === 0 ? [1, 50] : n === 1 ? [17, 12] : [r(2, 4), r(13, 20)];
  const [c, k] = [r(8, 19), r(8, 19)];
  const attrs: Conv2dAttrs = {
    stride: [1, 1],
    padding: [r(0, 2), r(0, 2), r(0, 2), r(0, 2)],
    dilation: [1, 1],
    groups: 1,
  };
  const [x, kernel] = [
    [batch, c, size, n < 2 ? size : r(13, 20)],
    [k, c, 3, 3],
  ];
  const y = Conv2d.infer(
    [
      { shape: x, dtype: 'float32' },
      { shape: kernel, dtype: 'float32' },
    ],
    attrs,
  ).shape;
  return [
    { op: Conv2d, inputs: [{ shape: x }, { shape: kernel }, { shape: [k] }], attrs },
    { op: Conv2dInputGrad, inputs: [{ shape: y }, { shape: kernel }], attrs: { ...attrs, inputShape: x } },
    { op: Conv2dWeightGrad, inputs: [{ shape: x }, { shape: y }], attrs: { ...attrs, kernelShape: kernel } },
  ];
});

agree('matmul', 150, 3e-6, (random, n) => {
  const size = (): number => [1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 65, 100][random.int(12)]!;
  const [m, k, columns] = n === 0 ? [330, 530, 40] : n === 1 ? [143, 301, 139] : [size(), size(), size()]; // 1: shared in tiles
  const [transposeA, transposeB] = [random.int(2) === 1, random.int(2) === 1];
  const batches =
    n < 2
      ? [[], []]
      : [
          [[], []],
          [[2], [2]],
          [[2, 3], [3]],
          [
            [2, 1],
            [1, 3],
          ],
          [[], [4]],
          [[3], []],
        ][random.int(6)]!;
  return {
    op: Matmul,
    attrs: { transposeA, transposeB },
    inputs: [
      { shape: [...batches[0]!, ...(transposeA ? [k, m] : [m, k])] },
      { shape: [...batches[1]!, ...(transposeB ? [columns, k] : [k, columns])] },
    ],
  };
});

agree('pooling', 120, 2e-6, (random) => {
  const r = (low: number, high: number): number => between(random, low, high);
  const x = [r(1, 3), r(1, 3), r(1, 14), r(1, 14)];
  const kernel = [r(1, 4), r(1, 4)] as const;
  const attrs: Pool2dAttrs = {
    kernel,
    stride: [r(1, 3), r(1, 3)],
    dilation: [1, 1],
    ceilMode: r(0, 1) === 1,
    countIncludePad: r(0, 1) === 1,
    padding: [r(0, kernel[0] - 1), r(0, kernel[1] - 1), r(0, kernel[0] - 1), r(0, kernel[1] - 1)],
  };
  if (
    x[2]! + attrs.padding[0] + attrs.padding[2] < kernel[0] ||
    x[3]! + attrs.padding[1] + attrs.padding[3] < kernel[1]
  )
    return undefined;
  const y = MaxPool2d.infer([{ shape: x, dtype: 'float32' }], attrs).shape;
  const ties = (): number => random.int(4); // so "the first greatest" matters
  return [
    { op: MaxPool2d, inputs: [{ shape: x }], attrs },
    { op: MaxPool2dGrad, inputs: [{ shape: y }, { shape: x, values: ties }, { shape: y }], attrs },
    {
      op: MaxPool2dGrad,
      inputs: [{ shape: y }, { shape: x, values: (i) => (i % 7 === 3 ? Number.NaN : ties()) }, { shape: y }],
      attrs,
    },
    { op: AvgPool2d, inputs: [{ shape: x }], attrs },
    { op: AvgPool2dGrad, inputs: [{ shape: y }], attrs: { ...attrs, inputShape: x } },
  ];
});

agree('batch norm', 60, 4e-6, (random, n) => {
  const r = (low: number, high: number): number => between(random, low, high);
  const c = r(1, 9);
  const shape = n % 3 === 0 ? [r(2, 6), c] : [r(1, 5), c, r(1, 9), r(2, 9)];
  const channels: Input = { shape: [c] };
  const moments: Input = { shape: [2, c], values: (i) => (i < c ? random.normal() : 0.5 + random.next()) };
  const far: Input = { shape, values: () => 3 + random.normal() };
  return [
    { op: Moments, inputs: [far] },
    ...[true, false].map((training) => ({
      op: BatchNorm,
      inputs: [far, channels, channels, moments],
      attrs: { epsilon: 1e-5, training },
    })),
    { op: BatchNormSums, inputs: [{ shape }, far, moments], attrs: { epsilon: 1e-3, training: true } },
    {
      op: BatchNormInputGrad,
      inputs: [{ shape }, far, channels, moments, { shape: [2, c] }],
      attrs: { epsilon: 1e-5, training: true },
    },
    { op: BatchNormInputGrad, inputs: [{ shape }, far, channels, moments], attrs: { epsilon: 1e-5, training: false } },
  ];
});

agree('layer norm', 60, 4e-6, (random, n) => {
  const shape = [between(random, 1, 6), between(random, 1, 4), between(random, 5, 90)]; // of two values the gradient is all but 0, and float32 holds nothing of it
  const far: Input = { shape, values: () => 3 + random.normal() };
  const attrs = { dims: n % 3 === 0 ? 2 : 1, epsilon: [1e-5, 1e-2][random.int(2)]! };
  return [
    { op: Standardize, inputs: [far], attrs },
    { op: StandardizeGrad, inputs: [{ shape }, far], attrs },
  ];
});

agree('attention', 40, 1e-5, (random, n) => {
  const r = (low: number, high: number): number => between(random, low, high);
  const [batch, heads, queries, keys, size, width] = [
    r(1, 3),
    r(1, 3),
    n % 10 === 0 ? r(120, 300) : r(1, 40),
    r(1, 70),
    r(1, 20),
    r(1, 20),
  ];
  const inputs = [
    [queries, size],
    [keys, size],
    [keys, width],
  ].map((shape): Input => ({ shape: [batch, heads, ...shape] }));
  const masks: Shape[] = [
    [queries, keys],
    [batch, 1, 1, keys],
    [1, heads, queries, keys],
    [batch, heads, 1, keys],
    [keys],
  ];
  return [
    { op: Attention, inputs, attrs: { scale: 0.3 } },
    {
      op: Attention,
      inputs: [...inputs, { shape: masks[n % 5]!, values: () => (random.int(4) === 0 ? -1e30 : random.normal()) }],
      attrs: { scale: 1 / Math.sqrt(size) },
    },
  ];
});

agree('reductions', 80, 2e-6, (random) => {
  const shape = Array.from({ length: between(random, 0, 4) }, () => between(random, 1, 9));
  const patterns = [[], [0], [1], [2], [3], [0, 1], [1, 2], [2, 3], [0, 2, 3], [1, 2, 3], [0, 1, 2, 3]].filter((axes) =>
    axes.every((axis) => axis < shape.length),
  );
  const axes = patterns[random.int(patterns.length)]!;
  const attrs = { axes, keepDims: random.int(2) === 1 };
  const turns = shape
    .flatMap((size, i) => (size > 1 ? [axes.includes(i)] : []))
    .filter((reduced, i, all) => reduced !== all[i - 1]);
  return turns.length > 3 ? undefined : [Sum, Mean, Max, Min].map((op) => ({ op, inputs: [{ shape }], attrs }));
});

agree('long sums', 4, 2e-7, (random, n) => {
  const shape = [[100003], [40001, 3], [3, 20000, 5], [5, 3, 7001]][n]!;
  return [Sum, Mean].map((op) => ({
    op,
    inputs: [{ shape, values: () => 1 + random.next() }],
    attrs: { axes: [[0], [0], [1], [0, 2]][n]!, keepDims: false },
  }));
});

agree('softmax', 40, 2e-6, (random) => {
  const [rows, n] = [between(random, 1, 6), between(random, 1, 40)];
  const logits: Input = { shape: [rows, n], values: () => 10 * random.normal() };
  const targets: Input = { shape: [rows], dtype: 'int32', values: () => random.int(n) };
  return [
    { op: Softmax, inputs: [logits], attrs: { axis: 1 } },
    { op: LogSoftmax, inputs: [logits], attrs: { axis: 1 } },
    { op: SoftmaxCrossEntropy, inputs: [logits, targets] },
    { op: SoftmaxCrossEntropyGrad, inputs: [{ shape: [rows] }, logits, targets] },
  ];
});

agree('movement', 100, 0, (random) => {
  const rank = between(random, 1, 4);
  const shape = Array.from({ length: rank }, () => between(random, 1, 20));
  const permutation = random.shuffle(shape.map((_, i) => i));
  const axis = random.int(rank);
  const starts = shape.map((dim) => random.int(dim));
  const sizes = shape.map((dim, i) => between(random, 1, dim - starts[i]!));
  const steps = shape.map((_, i) => (sizes[i]! > 1 && random.int(3) === 0 ? 2 : 1));
  const part = { starts, steps, sizes: sizes.map((size, i) => Math.ceil(size / steps[i]!)) };
  const back = { starts: shape.map((dim) => dim - 1), steps: shape.map(() => -1), sizes: shape };
  const side = (): number[] => shape.map((dim) => between(random, dim > 4 ? -2 : 0, 3));
  return [
    { op: Transpose, inputs: [{ shape }], attrs: { permutation } },
    { op: Slice, inputs: [{ shape }], attrs: part },
    { op: Slice, inputs: [{ shape }], attrs: back },
    { op: SliceGrad, inputs: [{ shape: part.sizes }], attrs: { ...part, shape } },
    { op: Pad, inputs: [{ shape }], attrs: { before: side(), after: side(), value: 1.5 } },
    {
      op: Concat,
      inputs: [{ shape }, { shape: shape.with(axis, 3) }, { shape: shape.with(axis, 1) }],
      attrs: { axis },
    },
    { op: Expand, inputs: [{ shape: shape.map((dim) => (random.int(2) ? dim : 1)) }], attrs: { shape: [2, ...shape] } },
    { op: Where, inputs: [{ shape, dtype: 'bool', values: () => random.int(2) }, { shape }, { shape: [] }] },
  ];
});

agree('dropout', 20, 1e-7, (random, n) => ({
  op: Dropout,
  inputs: [{ shape: [between(random, 1, 3), 1 + 7 * n] }],
  attrs: { probability: 0.05 + 0.9 * random.next(), key: random.key() },
}));

agree('broadcasting', 100, 2e-7, (random) => {
  const shape = Array.from({ length: between(random, 1, 5) }, () => between(random, 1, 7));
  const some = (): Shape =>
    shape.map((dim) => (random.int(3) ? dim : 1)).slice(random.int(3) ? 0 : random.int(shape.length));
  return [Add, Div, Maximum].map((op) => ({ op, inputs: [{ shape: some() }, { shape: some() }] }));
});

agree('comparisons', 40, 0, (random) => {
  const shape = Array.from({ length: between(random, 1, 4) }, () => between(random, 1, 9));
  const some = (): Shape =>
    shape.map((dim) => (random.int(3) ? dim : 1)).slice(random.int(3) ? 0 : random.int(shape.length));
  const few = (): number => (random.int(9) ? random.int(4) - 1 : Number.NaN);
  const ints = (): number => random.int(5) - 2;
  const bits = (): number => random.int(2);
  return [
    ...[Equal, Less, LessEqual, Greater, GreaterEqual].flatMap((op) => [
      {
        op,
        inputs: [
          { shape: some(), values: few },
          { shape: some(), values: few },
        ],
      },
      {
        op,
        inputs: [
          { shape: some(), values: ints, dtype: 'int32' as const },
          { shape: some(), values: ints, dtype: 'int32' as const },
        ],
      },
    ]),
    ...[Equal, And, Or, Xor].map((op) => ({
      op,
      inputs: [
        { shape: some(), values: bits, dtype: 'bool' as const },
        { shape: some(), values: bits, dtype: 'bool' as const },
      ],
    })),
    { op: Not, inputs: [{ shape, values: bits, dtype: 'bool' }] },
    { op: IsNaN, inputs: [{ shape, values: few }] },
    { op: Where, inputs: [{ shape: some(), dtype: 'bool', values: bits }, { shape: some() }, { shape: some() }] },
    { op: Max, inputs: [{ shape: [3, 4, random.int(5) + 1, 3] }], attrs: { axes: [0, 2, 3], keepDims: false } },
    { op: Min, inputs: [{ shape: [3, 4, random.int(5) + 1, 3] }], attrs: { axes: [0, 2, 3], keepDims: true } },
  ];
});

agree('conversions', 20, 0, (random, n) => {
  const shape = [1 + 3 * n];
  const wide = (): number =>
    [
      random.normal() * 1e3,
      -0.9,
      2 ** 31,
      -(2 ** 31),
      3e9,
      -5e9,
      2 ** 63,
      1e30,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      0,
      2 ** 40 + 2 ** 20,
    ][random.int(12)]!;
  const integer = (): number => Math.fround(random.int(2 ** 31) - 2 ** 30); // exact on its way through float32
  const [bits, bytes] = [(): number => random.int(2), (): number => random.int(256)];
  return [
    ...(['int32', 'bool'] as const).map((dtype) => ({ op: Cast, inputs: [{ shape, values: wide }], attrs: { dtype } })),
    ...(['float32', 'bool'] as const).map((dtype) => ({
      op: Cast,
      inputs: [{ shape, values: integer, dtype: 'int32' as const }],
      attrs: { dtype },
    })),
    ...(['float32', 'int32'] as const).flatMap((dtype) => [
      { op: Cast, inputs: [{ shape, values: bits, dtype: 'bool' as const }], attrs: { dtype } },
      { op: Cast, inputs: [{ shape, values: bytes, dtype: 'uint8' as const }], attrs: { dtype } },
    ]),
  ];
});

agree('gather', 40, 0, (random, n) => {
  const shape = Array.from({ length: between(random, 1, 4) }, () => between(random, 1, 9));
  const axis = random.int(shape.length);
  const indices = Array.from({ length: random.int(3) }, () => between(random, 1, 5));
  return {
    op: Gather,
    attrs: { axis },
    inputs: [
      { shape },
      {
        shape: indices,
        dtype: n % 2 ? 'int32' : 'int64',
        values: () => between(random, -shape[axis]!, shape[axis]! - 1),
      },
    ],
  };
});

agree('gather gradient', 40, 2e-6, (random, n) => {
  const shape = Array.from({ length: between(random, 1, 3) }, () => between(random, 1, n % 3 === 0 ? 40 : 7));
  const axis = random.int(shape.length);
  const indices: Input = {
    shape: n % 4 === 0 ? [2, 3] : [between(random, 1, 20)],
    dtype: n % 2 ? 'int32' : 'int64',
    values: () => random.int(2 * shape[axis]!) - shape[axis]!,
  };
  return {
    op: GatherGrad,
    inputs: [{ shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)] }, indices],
    attrs: { axis, shape },
  };
});
test('gather leaves an index that does not exist to the reference', () => {
  for (const backend of backends)
    scope(() => {
      const rows = tensor([1, 2, 3], { backend });
      for (const dtype of ['int32', 'int64'] as const)
        expect(() => apply(Gather, [rows, tensor([0, 3], { dtype, backend })], { axis: 0 })).toThrow(
          'Index 3 (at 1) is outside an axis of 3 elements.',
        );
    });
});

test('the same inputs give the same bits', () => {
  for (const backend of backends)
    scope(() => {
      const [x, w] = [
        [4, 16, 9, 9],
        [24, 16, 3, 3],
      ].map((shape) =>
        tensor(
          Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
          { shape, backend },
        ),
      );
      const attrs: Conv2dAttrs = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 };
      expect(apply(Conv2d, [x!, w!], attrs).arraySync()).toEqual(apply(Conv2d, [x!, w!], attrs).arraySync());
    });
});
