import { grad, type HostArray, mul, sum, type Tensor, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { importOnnx } from '../import-onnx.ts';
import { type AttributeValue, float } from '../proto/write.ts';
import { buildModel, longs, type NodeSketch } from '../suite/build-model.ts';

const { POSITIVE_INFINITY: infinity } = Number;

/** A function of inputs x0, x1, … with the result y, at points where derivatives tend to be 0 · ∞. */
interface Edge {
  readonly title: string;
  readonly nodes: readonly NodeSketch[];
  readonly x: readonly (readonly number[])[];
  readonly shape?: readonly number[];
  readonly constants?: Readonly<Record<string, HostArray>>;
  readonly opset?: number;
  readonly domains?: Readonly<Record<string, number>>;
}

const single = (
  opType: string,
  x: Edge['x'],
  attributes: Record<string, AttributeValue> = {},
  more: Partial<Edge> = {},
): Edge => ({
  title: `${opType}${Object.keys(attributes).length ? ` ${JSON.stringify(attributes)}` : ''}`,
  nodes: [[opType, [...x.map((_, i) => `x${i}`), ...Object.keys(more.constants ?? {})], ['y'], attributes]],
  x,
  ...more,
});
const bools = (values: readonly number[], shape: readonly number[]): HostArray => ({
  shape,
  dtype: 'bool',
  data: Uint8Array.from(values),
});

const places = [0, -0, 1, -1, 0.5, -2.5, 3, 1e-20, -1e-20, 40, -40, 800, -800, infinity, -infinity];
const unary: readonly (readonly [opType: string, attributes?: Record<string, AttributeValue>])[] = [
  ...[
    'Abs',
    'Acos',
    'Acosh',
    'Asin',
    'Asinh',
    'Atan',
    'Atanh',
    'Celu',
    'Cos',
    'Cosh',
    'Elu',
    'Erf',
    'Exp',
    'Gelu',
    'HardSigmoid',
    'HardSwish',
    'LeakyRelu',
    'Log',
    'Mish',
    'Neg',
    'Reciprocal',
    'Relu',
    'Selu',
    'Shrink',
    'Sigmoid',
    'Sin',
    'Sinh',
    'Softplus',
    'Softsign',
    'Sqrt',
    'Swish',
    'Tan',
    'Tanh',
    'ThresholdedRelu',
  ].map((opType) => [opType] as const),
  ['Gelu', { approximate: 'tanh' }],
];
const pairs = [0, -0, 1, -1, 2, -2, 0.5, 3, infinity].flatMap((a) =>
  [0, 1, 2, 0.5, -1, 3, infinity].map((b) => [a, b] as const),
);
const binary = ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Mod', 'Sum', 'Mean', 'PRelu'];

/** Rows of zeros, of equal values, of masked values. */
const rows = [0, 0, 0, 0, 1, 1, 1, 1, 0, 2, 0, -3, 1, 2, -infinity, 3];
const finite = rows.slice(0, 12);
const reductions = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];
const along = { axes: [1] };

const edges: readonly Edge[] = [
  ...unary.map(([opType, attributes]) => single(opType, [places], attributes, { opset: 24 })),
  ...binary.map((opType) => {
    // No power of a network is of infinity.
    const own = opType === 'Pow' ? pairs.filter((pair) => !pair.includes(infinity)) : pairs;
    return single(opType, [own.map(([a]) => a), own.map(([, b]) => b)], opType === 'Mod' ? { fmod: 1 } : {}, {
      opset: 24,
    });
  }),
  ...reductions.map((name) =>
    single(`Reduce${name}`, [name === 'LogSum' ? finite.map((x) => x + 4) : finite], along, {
      shape: [3, 4],
      opset: 12,
    }),
  ),
  ...['Max', 'LogSumExp'].map((name) => single(`Reduce${name}`, [rows], along, { shape: [4, 4], opset: 12 })),
  single('Softmax', [rows], { axis: 1 }, { shape: [4, 4] }),
  single('LogSoftmax', [finite], { axis: 1 }, { shape: [3, 4] }),
  ...[1, 2].map((p) => single('LpNormalization', [finite], { axis: 1, p }, { shape: [3, 4], opset: 22 })),
  single('MeanVarianceNormalization', [finite], { axes: [1] }, { shape: [3, 4] }),
  ...[1, 2, 3].map((p) => single('LpPool', [finite], { p, kernel_shape: [2] }, { shape: [1, 1, 12] })),
  ...[1, 2, 3].map((p) => single('GlobalLpPool', [[0, 0, 0, 0]], { p }, { shape: [1, 1, 4] })),
  single('LRN', [finite], { size: 3 }, { shape: [1, 3, 4] }),
  single('CumProd', [finite], {}, { shape: [12], constants: { axis: longs([0], []) }, opset: 26 }),
  single('Clip', [[-1, 0, 1, 2, infinity, -infinity]], {}, { constants: {}, opset: 6 }),
  single('Clip', [[-1, 0, 1, 2]], { min: float(-1), max: float(1) }, { opset: 6 }),
  ...[23, 17].map((opset) =>
    single(
      'LayerNormalization',
      [finite, [1, 1, 1, 1]],
      {},
      { shape: [3, 4], opset, title: `LayerNormalization ${opset}` },
    ),
  ),
  single('RMSNormalization', [finite, [1, 2, 1, 1]], {}, { shape: [3, 4], opset: 23 }),
  single('InstanceNormalization', [finite, [1, 1, 1], [0, 0, 0]], {}, { shape: [1, 3, 4] }),
  single('Det', [[0, 0, 0, 0, 1, 2, 2, 4, 1, 0, 0, 0]], {}, { shape: [3, 2, 2] }),
  single(
    'Einsum',
    [
      [0, 0, 0, 0],
      [0, 1, 2, 3],
    ],
    { equation: 'ij,ij->i' },
    { shape: [2, 2] },
  ),
  // Values that a mask replaces: their own derivative is not finite.
  ...['Softmax', 'LogSoftmax'].map((name): Edge => ({
    title: `a row of −∞ that is replaced after ${name}`,
    nodes: [
      [name, ['x0'], ['s'], { axis: 1 }],
      ['Where', ['mask', 's', 'zero'], ['y']],
    ],
    x: [[1, 2, -infinity, 3, 5, -infinity, -infinity, -infinity, ...Array<number>(4).fill(-infinity)]],
    shape: [3, 4],
    constants: {
      mask: bools([1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], [3, 4]),
      zero: { shape: [], dtype: 'float64', data: Float64Array.of(0) },
    },
  })),
  ...[true, false].map((isCausal): Edge => ({
    title: `Attention with queries that see no key${isCausal ? ', causal' : ''}`,
    nodes: [['Attention', ['x0', 'x1', 'x2', 'mask'], ['y'], { is_causal: Number(isCausal) }]],
    x: [0, 1, 2].map((seed) => Array.from({ length: 6 }, (_, i) => Math.sin(1 + 7 * seed + i * i))),
    shape: [1, 1, 3, 2],
    constants: { mask: bools([0, 1, 1, 0, 0, 0, 1, 0, 1], [3, 3]) },
    opset: 23,
  })),
  {
    title: 'SoftmaxCrossEntropyLoss with ignored and masked classes',
    nodes: [['SoftmaxCrossEntropyLoss', ['x0', 'labels'], ['y'], { ignore_index: -1 }]],
    x: [[1, 2, -infinity, 3, 0, 0, 0, 0]],
    shape: [2, 4],
    constants: { labels: longs([1, -1]) },
  },
];

const shapeOf = ({ shape }: Edge, values: readonly number[]): readonly number[] =>
  shape && shape.reduce((a, b) => a * b, 1) === values.length ? shape : [values.length];

function functionOf(edge: Edge): (points: Edge['x']) => { readonly at: Tensor[]; readonly run: () => Tensor } {
  const model = importOnnx(
    buildModel({
      opset: edge.opset ?? 17,
      inputs: Object.fromEntries(
        edge.x.map((values, i) => [`x${i}`, { dtype: 'float64', shape: edge.shape ? shapeOf(edge, values) : ['N'] }]),
      ),
      outputs: { y: 'float64' },
      nodes: edge.nodes,
      constants: edge.constants ?? {},
    }),
  );
  return (points) => {
    const at = points.map((values) => tensor(Float64Array.from(values), { shape: shapeOf(edge, values) }));
    return { at, run: () => model.call(new Map(at.map((x, i) => [`x${i}`, x] as const))).get('y')! };
  };
}

/** Elementwise functions are differentiated at the points where they have a finite value. */
function finitePoints(edge: Edge, f: ReturnType<typeof functionOf>): Edge['x'] {
  if (edge.shape) return edge.x;
  const y = f(edge.x).run().numbers();
  return edge.x.map((values) => values.filter((_, i) => Number.isFinite(y[i]!)));
}

const weightOf = (i: number): number => 1 + Math.sin(3 * i) / 2;

test.each(edges)('$title: the gradient is finite where differences are', (edge) => {
  const f = functionOf(edge);
  const x = finitePoints(edge, f);
  const { at, run } = f(x);
  const y = run();
  const here = y.numbers();
  expect(here.length > 0 && here.every(Number.isFinite)).toBe(true);
  const weights = tensor(
    Float64Array.from(here, (_, i) => weightOf(i)),
    { shape: y.shape },
  );
  const gradients = grad(() => sum(mul(run(), weights)), at).map((one) => one.numbers());
  let compared = 0;
  for (const [k, values] of x.entries())
    for (const [i, value] of values.entries()) {
      // The difference quotient to each side. Nothing changes at infinity.
      const [left, right] = [-1, 1].map((side) => {
        const step = Number.isFinite(value) ? side * 1e-7 * Math.max(1, Math.abs(value)) : 1;
        const moved = f(x.with(k, values.with(i, value + step)))
          .run()
          .numbers();
        const rate = moved.reduce((total, one, n) => total + ((one - here[n]!) / step) * weightOf(n), 0);
        return Math.abs(rate) > 1e3 * Math.max(1, ...here.map(Math.abs)) ? infinity : rate; // it grows as the step shrinks
      }) as [number, number];
      // An infinite derivative, or the end of the domain.
      if (!Number.isFinite(left) || !Number.isFinite(right)) continue;
      compared++;
      const [least, most] = [Math.min(left, right), Math.max(left, right)];
      const slack =
        1e-5 * Math.max(1, Math.abs(least), Math.abs(most), ...here.map(Math.abs).filter((one) => one < 1e3));
      const got = gradients[k]![i]!;
      expect(
        got >= least - slack && got <= most + slack,
        `by x${k} at ${x.map((one) => one[i])} it is ${got}, but differences give ${left} and ${right}`,
      ).toBe(true);
    }
  expect(compared).toBeGreaterThan(0);
});
