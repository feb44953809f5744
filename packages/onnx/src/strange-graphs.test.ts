import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { importOnnx } from './import-onnx.ts';
import { inspectModel } from './inspect-model.ts';
import { readModel } from './proto/read-model.ts';
import { buildModel, float, floats, type ModelSketch } from './testing/index.ts';

const x = { x: { shape: [1, 3] } } as const;
const run = (sketch: Omit<ModelSketch, 'inputs' | 'outputs'>): Promise<unknown> => {
  const file = readModel({ name: 'x.onnx', model: buildModel({ inputs: x, outputs: ['y'], ...sketch }) });
  return importOnnx(file)
    .call(new Map([['x', tensor([[-2, 0, 2]])]]))
    .get('y')!
    .array();
};

test.each([
  [
    'by inputs',
    { constants: { least: floats([], [1]), most: floats([], [-1]) }, nodes: [['Clip', ['x', 'least', 'most'], ['y']]] },
  ],
  ['by attributes', { opset: 6, nodes: [['Clip', ['x'], ['y'], { min: float(1), max: float(-1) }]] }],
] as const)('bounds in the wrong order give the upper one: %s', async (_, sketch) => {
  expect(Array.from((await run(sketch)) as number[])).toEqual([-1, -1, -1]);
});
test.each([-3, 3, 5])('Flatten at axis %d of two dimensions is rejected', (axis) => {
  expect(() => run({ nodes: [['Flatten', ['x'], ['y'], { axis }]] })).toThrow(/expects an axis from −2 to 2/);
});

const text = (field: number, content: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, content.length]), Buffer.from(content)]);
const slope = (value: number): Buffer =>
  Buffer.concat([
    text(1, 'alpha'),
    Buffer.from([0x15]),
    Buffer.from(new Float32Array([value]).buffer),
    Buffer.from([0xa0, 1, 1]),
  ]);
/** A network of one node, and perhaps more parts of its graph. */
const written = (node: Uint8Array, ...more: Uint8Array[]): Uint8Array =>
  Buffer.concat([
    Buffer.from([8, 8]), // IR version
    text(8, Buffer.from([16, 17])), // opset
    text(7, Buffer.concat([text(1, node), text(11, text(1, 'x')), text(12, text(1, 'y')), ...more])),
  ]);

test('a node with two values of an attribute is rejected', () => {
  const node = Buffer.concat([
    text(1, 'x'),
    text(2, 'y'),
    text(4, 'LeakyRelu'),
    text(5, slope(0.1)),
    text(5, slope(0.9)),
  ]);
  expect(() => readModel({ name: 'x.onnx', model: written(node) })).toThrow('has two attributes named "alpha".');
});
test('sparse weights are named as what they are', () => {
  const node = Buffer.concat([text(1, 'x'), text(2, 'y'), text(4, 'Neg')]);
  expect(() => readModel({ name: 'x.onnx', model: written(node, text(15, '')) })).toThrow(
    'It stores weights as sparse tensors, which are not supported.',
  );
});

test.each(['__proto__', 'constructor', 'toString'])('an input named %s', (name) => {
  const bytes = buildModel({
    inputs: Object.fromEntries([[name, x.x]]),
    outputs: ['y'],
    nodes: [['Abs', [name], ['y']]],
  });
  expect(inspectModel({ name: 'x.onnx', model: bytes }).problem).toBeUndefined();
});
