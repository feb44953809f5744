import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { expectClose, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, freeBatch, importOnnx, readModel } from './index.ts';
import { buildModel, floats, longs, type ModelSketch, noise } from './testing/index.ts';

const weight = (...shape: number[]) => floats(shape, noise(shape.length));

/** Frees a graph, and checks that each example of a larger batch gives what it gives in a batch of the size that the file was written for. */
async function expectFreed(sketch: Partial<ModelSketch>, shape: readonly number[]): Promise<void> {
  const bytes = buildModel({ inputs: { x: { shape } }, outputs: ['y'], nodes: [], opset: 17, ...sketch });
  const file = freeBatch(readModel(bytes), { inputShapes: { x: shape } });
  expect(file.inputs[0]!.shape).toEqual(['batch', ...shape.slice(1)]);
  const freed = importOnnx(file);
  const batch = shape[0]!;
  const count = 2 * batch + 1;
  const all = floats([count, ...shape.slice(1)], noise(9));
  const size = all.data.length / count;
  const results = freed.forward(tensor(all.data, { shape: all.shape })).numbers();
  const each = results.length / count;
  for (let n = 0; n + batch <= count; n += batch) {
    const x = floats(shape, (i) => Number(all.data[n * size + i]));
    const [expected] = Object.values(await runInOnnxruntime(bytes, { x }));
    expectClose(Float32Array.from(results.slice(n * each, (n + batch) * each)), expected!.data, 1e-5);
  }
  // The file takes any batch, too.
  const [written] = Object.values(await runInOnnxruntime(await exportOnnx(freed), { x: all }));
  expectClose(Float32Array.from(results), written!.data, 1e-5);
}

test.each([1, 8])('a flattened and a shuffled map of a batch of %i', (batch) =>
  expectFreed(
    {
      constants: {
        w: weight(8, 3, 3, 3),
        groups: longs([batch, 2, 4, 3, 3]),
        together: longs([batch, 8, 3, 3]),
        flat: longs([batch, 72]),
        fc: weight(72, 5),
      },
      nodes: [
        ['Conv', ['x', 'w'], ['c'], { strides: [2, 2] }],
        ['Reshape', ['c', 'groups'], ['g']],
        ['Transpose', ['g'], ['t'], { perm: [0, 2, 1, 3, 4] }],
        ['Reshape', ['t', 'together'], ['s']],
        ['Reshape', ['s', 'flat'], ['f']],
        ['MatMul', ['f', 'fc'], ['y']],
      ],
    },
    [batch, 3, 7, 7],
  ),
);

test.each([1, 2])('tokens behind a class token, and heads next to a batch of %i', (batch) =>
  expectFreed(
    {
      constants: {
        cls: floats([batch, 1, 8], (i) => Math.sin(i % 8)),
        position: weight(1, 5, 8),
        q: weight(8, 8),
        heads: longs([5, batch * 2, 4]),
        rows: longs([5 * batch, 8]),
        back: longs([5, batch, 8]),
        zero: longs([0], []),
      },
      nodes: [
        ['Concat', ['cls', 'x'], ['c'], { axis: 1 }],
        ['Add', ['c', 'position'], ['h']],
        ['Transpose', ['h'], ['first'], { perm: [1, 0, 2] }], // [tokens, batch, features]
        ['MatMul', ['first', 'q'], ['qs']],
        ['Reshape', ['qs', 'heads'], ['r']],
        ['Transpose', ['r'], ['a'], { perm: [1, 0, 2] }],
        ['Transpose', ['r'], ['b'], { perm: [1, 2, 0] }],
        ['MatMul', ['a', 'b'], ['scores']],
        ['Softmax', ['scores'], ['p'], { axis: -1 }],
        ['MatMul', ['p', 'a'], ['o']],
        ['Transpose', ['o'], ['t'], { perm: [1, 0, 2] }],
        ['Reshape', ['t', 'rows'], ['f']],
        ['MatMul', ['f', 'q'], ['m']],
        ['Reshape', ['m', 'back'], ['w']],
        ['Transpose', ['w'], ['z'], { perm: [1, 0, 2] }],
        ['Gather', ['z', 'zero'], ['y'], { axis: 1 }],
      ],
    },
    [batch, 4, 8],
  ),
);

test('windows of a map, and a map resized to written sizes', () =>
  expectFreed(
    {
      constants: {
        split: longs([1, 2, 2, 2, 2, 3]),
        windows: longs([4, 4, 3]),
        w: weight(3, 3),
        unsplit: longs([1, 2, 2, 2, 2, 3]),
        whole: longs([1, 4, 4, 3]),
        sizes: longs([1, 3, 8, 8]),
      },
      nodes: [
        ['Transpose', ['x'], ['last'], { perm: [0, 2, 3, 1] }],
        ['Reshape', ['last', 'split'], ['s']],
        ['Transpose', ['s'], ['t'], { perm: [0, 1, 3, 2, 4, 5] }],
        ['Reshape', ['t', 'windows'], ['v']],
        ['MatMul', ['v', 'w'], ['m']],
        ['Softmax', ['m'], ['p'], { axis: 1 }],
        ['Reshape', ['p', 'unsplit'], ['u']],
        ['Transpose', ['u'], ['n'], { perm: [0, 1, 3, 2, 4, 5] }],
        ['Reshape', ['n', 'whole'], ['o']],
        ['Transpose', ['o'], ['f'], { perm: [0, 3, 1, 2] }],
        ['Resize', ['f', '', '', 'sizes'], ['y'], { mode: 'nearest' }],
      ],
    },
    [1, 3, 4, 4],
  ));

test('a graph that squeezes its batch away is refused', () => {
  const bytes = buildModel({
    inputs: { x: { shape: [1, 4] } },
    outputs: ['y'],
    opset: 17,
    constants: { axes: longs([0]), w: weight(4, 3) },
    nodes: [
      ['Squeeze', ['x', 'axes'], ['s']],
      ['MatMul', ['s', 'w'], ['y']],
    ],
  });
  expect(() => freeBatch(readModel(bytes), { inputShapes: { x: [1, 4] } })).toThrow(/Squeeze/);
});
