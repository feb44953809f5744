import { createApp } from '@graft/plugin';
import { matmul, Random, reshape, type Shape, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  classPriors,
  Conv1d,
  Conv2d,
  dirac,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  initializer,
  type Initializer,
  layersPlugin,
  lecunNormal,
  lecunUniform,
  orthogonal,
  truncatedNormal,
} from './index.ts';

const moments = (values: Float32Array): { mean: number; deviation: number; greatest: number } => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length),
    greatest: values.reduce((a, b) => Math.max(a, Math.abs(b)), 0),
  };
};
const shape = [64, 32, 3, 3];
const { fanIn, fanOut } = fans(shape);

// torch.nn.init: xavier_*, kaiming_* with nonlinearity relu, and kaiming_* with nonlinearity linear, which is LeCun's
test.each<[string, Initializer, number, number]>([
  ['glorotNormal', glorotNormal(1.5), 1.5 * Math.sqrt(2 / (fanIn + fanOut)), 0],
  ['glorotUniform', glorotUniform(1.5), 1.5 * Math.sqrt(2 / (fanIn + fanOut)), 1.5 * Math.sqrt(6 / (fanIn + fanOut))],
  ['heNormal', heNormal('fanOut'), Math.sqrt(2 / fanOut), 0],
  ['heUniform', heUniform(), Math.sqrt(2 / fanIn), Math.sqrt(6 / fanIn)],
  ['lecunNormal', lecunNormal(), Math.sqrt(1 / fanIn), 0],
  ['lecunUniform', lecunUniform(), Math.sqrt(1 / fanIn), Math.sqrt(3 / fanIn)],
  ['truncatedNormal', truncatedNormal(0.02), 0.02 * 0.87962566, 0.04], // of a normal distribution cut at two deviations
])('%s has its deviation and bound', (_, init, deviation, bound) => {
  const got = moments(init(shape, new Random(3)));
  expect(got.mean / deviation).toBeCloseTo(0, 1);
  expect(got.deviation / deviation).toBeCloseTo(1, 1.5);
  if (bound) expect(got.greatest).toBeLessThanOrEqual(bound);
  if (bound) expect(got.greatest / bound).toBeGreaterThan(0.99);
});
test.each<[Shape]>([[[4, 4]], [[3, 7]], [[7, 3]], [[4, 2, 3]]])(
  'orthogonal: rows or columns of %j are orthogonal',
  (shape) => {
    const q = reshape(tensor(orthogonal(2)(shape, new Random(1)), { shape }), [shape[0]!, -1]);
    const [rows, columns] = q.shape as [number, number];
    const products = rows <= columns ? matmul(q, q, false, true) : matmul(q, q, true, false);
    const count = Math.min(rows, columns);
    expectClose(
      products.numbers(),
      Array.from({ length: count ** 2 }, (_, i) => (i % (count + 1) === 0 ? 4 : 0)),
      1e-5,
    );
  },
);
test('dirac is the identity', () => {
  const x = tensor(
    Float32Array.from({ length: 2 * 4 * 5 }, (_, i) => Math.sin(i)),
    { shape: [2, 4, 5] },
  );
  const same = new Conv1d({ in: 4, out: 4, kernel: 3, padding: 1, bias: false, initializer: dirac() });
  expectClose(same.forward(x).numbers(), x.numbers(), 1e-6);
  // torch.nn.init.dirac_(torch.empty(4, 1, 3, 2), groups=2).flatten()
  expect([...dirac(2)([4, 1, 3, 2], new Random(0))]).toEqual([
    0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
  ]);
});
test('class priors are logs of frequencies, from counts or from frequencies', () => {
  expectClose([...classPriors([3, 0, 1])([3], new Random(0))], [4 / 7, 1 / 7, 2 / 7].map(Math.log), 1e-6);
  expectClose([...classPriors([0.25, 0.75])([2], new Random(0))], [0.25, 0.75].map(Math.log), 1e-6);
});
test('invalid arguments give clear errors', async () => {
  expect(() => orthogonal()([3], new Random(0))).toThrow('orthogonal expects at least 2 dimensions, got [3].');
  expect(() => dirac()([3, 2], new Random(0))).toThrow('dirac with 1 groups expects [out, in, ...kernel]');
  expect(() => classPriors([1, -2])).toThrow('got -2 for class 1');
  expect(() => classPriors([0.5, 0.5, 0])).toThrow('positive frequencies, got 0 for class 2');
  expect(() => classPriors([1, 2])([3], new Random(0))).toThrow(
    'The head has 3 classes, but 2 class counts were given.',
  );
  const app = await createApp([layersPlugin]);
  expect(() => app.get(initializer, 'heUniform').create({ fanIn: true })).toThrow(
    'heUniform has no option "fanIn". Did you mean "fan"?',
  );
  const named = app.get(initializer, 'orthogonal').create({ gain: 3 });
  expect(
    new Conv2d({ in: 2, out: 2, kernel: 1, initializer: named }).weight.value.numbers().some((v) => Math.abs(v) > 1),
  ).toBe(true);
});
