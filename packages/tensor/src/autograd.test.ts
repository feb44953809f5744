import { expect, test } from 'vitest';
import {
  add,
  apply,
  checkGradient,
  conv2d,
  full,
  grad,
  gradientProbe,
  js,
  jvp,
  keep,
  mul,
  noGrad,
  type Op,
  Parameter,
  pow,
  prod,
  relu,
  scope,
  square,
  stopGradient,
  sum,
  tanh,
  tensor,
  valueAndGrad,
  vjp,
} from './index.ts';
import { unfreedTensors } from './testing/index.ts';

const x3 = (): ReturnType<typeof tensor> => tensor([3], { dtype: 'float64' });

test('gradients nest: the second derivative of x³ at 3 is 18', () => {
  const x = x3();
  const first = (): ReturnType<typeof tensor> => grad(() => sum(mul(x, mul(x, x))), [x])[0]!;
  expect(first().item()).toBe(27);
  expect(grad(() => sum(first()), [x])[0]!.item()).toBe(18);
  expect(grad(() => sum(grad(() => sum(first()), [x])[0]!), [x])[0]!.item()).toBe(6);
});
test('an input used twice gets both gradients', () => {
  const x = tensor([2, 5]);
  expect(grad(() => sum(add(x, mul(x, x))), [x])[0]!.numbers()).toEqual([5, 11]);
});
test('the gradient of an unused tensor is zero', () => {
  const [x, y] = [tensor([2]), tensor([4, 4])];
  expect(grad(() => sum(square(x)), [x, y])[1]!.numbers()).toEqual([0, 0]);
});
test('the value must be one number', () => {
  const x = tensor([1, 2]);
  expect(() => valueAndGrad(() => mul(x, 2), [x])).toThrow(
    'valueAndGrad expects a function that returns one number, got [2]',
  );
});
test('stopGradient stops', () => {
  const x = tensor([3]);
  expect(grad(() => sum(mul(stopGradient(x), x)), [x])[0]!.item()).toBe(3);
});
test('values computed in noGrad are constants at any nesting depth of gradients', () => {
  const x = x3();
  const squared = (): ReturnType<typeof tensor> =>
    sum(
      mul(
        noGrad(() => square(x)),
        x,
      ),
    );
  expect(grad(squared, [x])[0]!.item()).toBe(9);
  expect(grad(() => sum(grad(squared, [x])[0]!), [x])[0]!.item()).toBe(0);
  expect(() =>
    noGrad(() => {
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect(grad(() => sum(square(x)), [x])[0]!.item()).toBe(6);
});
test('a wrong gradient is found and located', () => {
  const Double: Op = {
    name: 'double',
    infer: ([x]) => x!,
    reference: ([x], _, out) => {
      for (let i = 0; i < out.data.length; i++) out.data[i] = 2 * Number(x!.data[i]);
    },
    gradient: { uses: [], rules: [(g) => mul(g, 3)] },
  };
  expect(() => checkGradient((x) => apply(Double, [x], undefined), [x3()], { name: "double's" })).toThrow(
    /^double's gradient of input 0 is 2\.8\d* at element 0, but finite differences give 1\.8\d* \(tolerance 0\.000001\)\.$/,
  );
  expect(() => checkGradient(square, [tensor([1])])).toThrow(
    "checkGradient expects float64 tensors, because a step of 0.00001 needs their precision, got float32 as input 0. Make it with { dtype: 'float64' }.",
  );
});
test('parameters count as their values', () => {
  const w = new Parameter(tensor([1, 2]));
  expect(valueAndGrad(() => sum(square(w.value)), [w]).grads[0]!.numbers()).toEqual([2, 4]);
});
test('an op without rules is differentiated through its decomposition', () => {
  const Cube: Op = { name: 'cube', infer: ([x]) => x!, decompose: ([x]) => mul(x!, mul(x!, x!)) };
  checkGradient((x) => apply(Cube, [x], undefined), [tensor([1, -2, 0.5], { dtype: 'float64' })]);
});
test('only value and gradients of a step remain', () => {
  const w = keep(full([50], 0.1));
  const before = unfreedTensors();
  scope(() => {
    const { grads } = valueAndGrad(() => sum(relu(mul(pow(w, 2), 3))), [w]);
    expect(unfreedTensors()).toBe(before + 2); // value and gradient
    expect(grads[0]!.numbers()[0]).toBeCloseTo(0.6);
  });
  expect(unfreedTensors()).toBe(before);
});
test('a frozen prefix is not recorded: its tensors die with the scope of the forward pass', () => {
  const [frozen, w] = [keep(full([50], 2)), keep(full([50], 1))];
  let alive = 0;
  const counting: Op = {
    name: 'count',
    infer: ([x]) => x!,
    reference: ([x], _, out) => out.data.set(x!.data as never),
    gradient: {
      uses: [],
      rules: [
        (g) => {
          alive = unfreedTensors();
          return g;
        },
      ],
    },
  };
  const before = unfreedTensors();
  scope(() => void valueAndGrad(() => sum(apply(counting, [mul(square(square(square(frozen))), w)], undefined)), [w]));
  // During the backward pass: the loss, the features that mul's rule reads, and the gradients under way.
  expect(alive - before).toBeLessThanOrEqual(4);
  expect(unfreedTensors()).toBe(before);
});
test('a frozen prefix costs no memory: its activations are freed before the backward pass, as without training', () => {
  const size = 1000;
  const layers = Array.from({ length: 8 }, () => keep(full([size], 0.9)));
  const forward = (x: ReturnType<typeof tensor>): ReturnType<typeof tensor> =>
    layers.reduce((y, w) => tanh(mul(y, w)), x);
  const input = keep(full([size], 0.5));
  const { bytes: before } = js.memory!();
  let held = 0;
  const heldWith = (learning: readonly ReturnType<typeof tensor>[]): number => {
    // What the backward pass begins with; the first gradient it makes is the probe's.
    scope(
      () =>
        void valueAndGrad(
          () => sum(gradientProbe(forward(input), () => void (held = js.memory!().bytes - before))),
          learning,
        ),
    );
    return Math.round(held / (4 * size));
  };
  // In units of one activation: each layer's, and the gradient. With a frozen prefix: the last layer's input and output, and the gradient.
  expect([heldWith(layers), heldWith(layers.slice(-1))]).toEqual([8 + 1, 2 + 1]);
  for (const x of [input, ...layers]) x.dispose();
});
test('a product’s gradient, with no, one and two zeros in it', () => {
  const x = tensor(
    [
      [2, 3, -1.5],
      [2, 0, 3],
      [0, 5, 0],
    ],
    { dtype: 'float64' },
  );
  expect(grad(() => sum(prod(x, 1)), [x])[0]!.numbers()).toEqual([-4.5, -3, 6, 0, 6, 0, 0, 0, 0]);
});

test('vjp gives the gradients of Σ vector · value', () => {
  const x = tensor([1, 2, 3], { dtype: 'float64' });
  const { value, grads } = vjp(() => square(x), [x], tensor([1, 0, -2], { dtype: 'float64' }));
  expect([value.numbers(), grads[0]!.numbers()]).toEqual([
    [1, 4, 9],
    [2, 0, -12],
  ]);
  expect(() => vjp(() => square(x), [x], tensor([1]))).toThrow(
    "vjp expects a vector in the shape of the function's value, [3], got [1]",
  );
});
test('jvp is the difference quotient along the tangents', () => {
  const f = (x: number[], w: number[]): number[] => {
    const [image, filter] = [
      tensor(x, { shape: [1, 1, 2, 3], dtype: 'float64' }),
      tensor(w, { shape: [2, 1, 1, 2], dtype: 'float64' }),
    ];
    return tanh(conv2d(image, filter)).numbers();
  };
  const [x, w, dx, dw] = [
    [0.1, -0.4, 0.3, 0.2, 0.5, -0.1],
    [0.5, -0.3, 0.2, 0.7],
    [1, 2, -1, 0.5, 0, 1],
    [0.3, -1, 0, 2],
  ];
  const moved = (h: number): number[] =>
    f(
      x.map((v, i) => v + h * dx[i]!),
      w.map((v, i) => v + h * dw[i]!),
    );
  const quotient = moved(1e-5).map((v, i) => (v - moved(-1e-5)[i]!) / 2e-5);
  const [image, filter] = [
    tensor(x, { shape: [1, 1, 2, 3], dtype: 'float64' }),
    tensor(w, { shape: [2, 1, 1, 2], dtype: 'float64' }),
  ];
  const living = unfreedTensors();
  const along = jvp(
    () => tanh(conv2d(image, filter)),
    [image, filter],
    [tensor(dx, { shape: image.shape, dtype: 'float64' }), tensor(dw, { shape: filter.shape, dtype: 'float64' })],
  );
  expect(along.shape).toEqual([1, 2, 2, 2]);
  for (const [i, value] of along.numbers().entries()) expect(value).toBeCloseTo(quotient[i]!, 8);
  expect(unfreedTensors() - living).toBe(3); // the tangents given here, and the answer
  expect(() => jvp(() => image, [image], [])).toThrow('jvp expects a tangent for each of 1 tensors, got 0');
});
test('a gradient that noGrad computes itself is a gradient', () => {
  const x = tensor([3]);
  expect(noGrad(() => grad(() => sum(mul(x, x)), [x])[0]!.numbers())).toEqual([6]);
});
