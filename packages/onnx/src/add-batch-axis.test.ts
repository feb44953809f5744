import { expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { addBatchAxis, freeBatch, importOnnx, readModel } from './index.ts';
import { buildModel, floats, longs, type ModelSketch, noise } from './testing/index.ts';

const constants = { w: floats([4, 3, 3, 3], noise(1)), shift: floats([3, 1, 1], noise(2)), first: longs([0]) };
const ending: ModelSketch['nodes'] = [
  ['Conv', ['u', 'w'], ['c']],
  ['GlobalAveragePool', ['c'], ['p']],
  ['Flatten', ['p'], ['y']],
];
const sketch = (more: Partial<ModelSketch> & Pick<ModelSketch, 'nodes'>): Uint8Array =>
  buildModel({ inputs: { x: { shape: [3, 6, 5] } }, outputs: ['y'], constants, ...more });

const added: Readonly<Record<string, { readonly model: Uint8Array; readonly shape: readonly number[] }>> = {
  'at once': { model: sketch({ nodes: [['Unsqueeze', ['x', 'first'], ['u']], ...ending] }), shape: [3, 6, 5] },
  'by an attribute': {
    model: sketch({ opset: 11, nodes: [['Unsqueeze', ['x'], ['u'], { axes: [0] }], ...ending] }),
    shape: [3, 6, 5],
  },
  'behind arithmetic': {
    model: sketch({ nodes: [['Sub', ['x', 'shift'], ['s']], ['Unsqueeze', ['s', 'first'], ['u']], ...ending] }),
    shape: [3, 6, 5],
  },
  'behind a transpose': {
    model: sketch({
      inputs: { x: { shape: [6, 5, 3] } },
      nodes: [['Transpose', ['x'], ['t'], { perm: [2, 0, 1] }], ['Unsqueeze', ['t', 'first'], ['u']], ...ending],
    }),
    shape: [6, 5, 3],
  },
  'by a reshape': {
    model: sketch({
      constants: { ...constants, to: longs([1, 3, 6, 5]) },
      nodes: [['Reshape', ['x', 'to'], ['u']], ...ending],
    }),
    shape: [3, 6, 5],
  },
  'in two places': {
    model: sketch({
      nodes: [
        ['Unsqueeze', ['x', 'first'], ['a']],
        ['Mul', ['x', 'shift'], ['m']],
        ['Unsqueeze', ['m', 'first'], ['b']],
        ['Add', ['a', 'b'], ['u']],
        ...ending,
      ],
    }),
    shape: [3, 6, 5],
  },
};

test.each(Object.keys(added))(
  'a batch axis that the graph adds %s is left out, and the batch can be freed',
  async (kind) => {
    const { model, shape } = added[kind]!;
    const { file, input, isAdded } = addBatchAxis(readModel(model), 'x');
    expect([isAdded, input, file.inputs[0]!.shape]).toEqual([true, 'x', [1, ...shape]]);
    const freed = importOnnx(freeBatch(file, { inputShapes: { x: [1, ...shape] } }));
    const both = floats([2, ...shape], noise(7));
    const found = runImported(freed, { x: both }).get('y')!.arraySync() as Float32Array;
    for (const i of [0, 1]) {
      const data = (both.data as Float32Array).slice(i * 90, (i + 1) * 90);
      const expected = (await runInOnnxruntime(model, { x: { shape, dtype: 'float32', data } }))['y']!.data;
      expectClose(found.subarray(4 * i, 4 * i + 4), expected, 1e-5);
    }
  },
);

test.each<[string, ModelSketch['nodes']]>([
  [
    'an operator that depends on the axes',
    [
      ['Pad', ['x', 'pads'], ['p3']],
      ['Unsqueeze', ['p3', 'first'], ['u']],
    ],
  ],
  [
    'the shape of the image',
    [
      ['Shape', ['x'], ['s']],
      ['Cast', ['s'], ['sf'], { to: 1 }],
      ['Unsqueeze', ['x', 'first'], ['u']],
    ],
  ],
  ['a constant that has a batch axis', [['Add', ['x', 'four'], ['u']]]],
])('%s: the axis is removed again', async (_, nodes) => {
  const model = sketch({
    constants: { ...constants, pads: longs([0, 0, 0, 0, 0, 0]), four: floats([1, 1, 1, 1], noise(3)) },
    nodes: [...nodes, ...ending],
  });
  const { file, input, isAdded } = addBatchAxis(readModel(model), 'x');
  expect([isAdded, input]).toEqual([false, 'x_batch']);
  const x = floats([3, 6, 5], noise(7));
  const found = runImported(importOnnx(file), { x_batch: { ...x, shape: [1, 3, 6, 5] } })
    .get('y')!
    .arraySync();
  expectClose(found, (await runInOnnxruntime(model, { x }))['y']!.data, 1e-5);
});
