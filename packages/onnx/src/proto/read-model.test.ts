import { describe, expect, test } from 'vitest';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats, longs, type ModelSketch } from '../testing/index.ts';
import { ModelProto } from './schema.ts';
import { readModel } from './read-model.ts';
import { joinBytes, messageField } from './wire.ts';
import { writeNode } from './write.ts';

const small: ModelSketch = {
  inputs: { x: { shape: ['N', 2] } },
  outputs: ['y'],
  constants: { w: floats([2, 2], [1, 2, 3, 4]) },
  nodes: [['MatMul', ['x', 'w'], ['y'], {}, 'product']],
};
const read = (bytes: Uint8Array): unknown => readModel({ model: bytes, name: 'bad.onnx' });
/** The small model, changed in its decoded form. */
const changed = (
  change: (
    model: {
      graph: {
        node: Record<string, unknown>[];
        initializer: Record<string, unknown>[];
        input: unknown[];
        output: unknown[];
      };
    } & Record<string, unknown>,
  ) => void,
): Uint8Array => {
  const model = ModelProto.decode(buildModel(small));
  change(model as never);
  return ModelProto.encode(model);
};

test('reads ports, nodes and constants', () => {
  const file = readModel({ model: buildModel(small), name: 'small.onnx' });
  expect(file.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['N', 2] }]);
  expect(file.nodes.map((node) => [node.name, node.opType, node.inputs])).toEqual([['product', 'MatMul', ['x', 'w']]]);
  expect(file.constants.get('w')!.read()).toEqual(floats([2, 2], [1, 2, 3, 4]));
  expect(Object.fromEntries(file.opsets)).toEqual({ '': 17 });
});

describe('rejects invalid models', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])],
    ['a text', new TextEncoder().encode('<!doctype html><title>404 not found</title>')],
    ['zeros', new Uint8Array(1000)],
  ])('%s', (_, bytes) => expect(() => read(bytes)).toThrow(/^bad\.onnx .*not an ONNX model/));

  const outcome = (bytes: Uint8Array): string => {
    try {
      importOnnx({ model: bytes, name: 'bad.onnx' });
      return 'read';
    } catch (error) {
      return (error as Error).message;
    }
  };
  test('a truncated file', () => {
    const whole = buildModel(small);
    // The last field is the operator set, in 5 bytes; the bytes before it are not a valid file without it.
    for (let length = 0; length < whole.length - 4; length++)
      expect(outcome(whole.slice(0, length)), `cut at ${length}`).toMatch(/^bad\.onnx/);
  });

  test('a file with any one byte changed is read or rejected with its name', () => {
    const whole = buildModel(small);
    for (let at = 0; at < whole.length; at++)
      for (const bits of [0xff, 0x80, 0x01]) {
        const bytes = whole.slice();
        bytes[at]! ^= bits;
        expect(outcome(bytes)).toMatch(/^(read$|bad\.onnx)/);
      }
  });
});

describe('rejects invalid graphs', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['no operator set', changed((model) => (model.opsetImport = [])), /operator set/],
    ['no outputs', changed(({ graph }) => graph.output.splice(0)), /no outputs/],
    [
      'a value from nowhere',
      buildModel({ ...small, nodes: [['MatMul', ['x', 'v'], ['y'], {}, 'product']] }),
      /Node "product" \(MatMul\) reads the value "v", which no node computes/,
    ],
    ['an output from nowhere', buildModel({ ...small, outputs: ['z'] }), /output "z" is not computed by any node/],
    [
      'a cycle',
      buildModel({
        ...small,
        nodes: [
          ['Add', ['x', 'b'], ['a'], {}, 'first'],
          ['Relu', ['a'], ['b'], {}, 'second'],
          ['MatMul', ['b', 'w'], ['y']],
        ],
      }),
      /Nodes "\w+" .* and "\w+" .* depend on each other through "[ab]": the graph has a cycle/,
    ],
    [
      'a node that waits for itself',
      buildModel({ ...small, nodes: [['Add', ['y', 'x'], ['y'], {}, 'loop']] }),
      /cycle/,
    ],
    [
      'a value made twice',
      buildModel({
        ...small,
        nodes: [
          ['Relu', ['x'], ['y'], {}, 'a'],
          ['Relu', ['x'], ['y'], {}, 'b'],
        ],
      }),
      /"y" is computed by node "b" \(Relu\) and by node "a"/,
    ],
    [
      'a value made and given',
      buildModel({
        ...small,
        nodes: [
          ['Relu', ['x'], ['w']],
          ['Relu', ['w'], ['y']],
        ],
      }),
      /"w" is computed by node/,
    ],
    [
      'two tensors of one name',
      changed(({ graph }) => graph.initializer.push(graph.initializer[0]!)),
      /Two initializers are named "w"/,
    ],
    [
      'two inputs of one name',
      changed(({ graph }) => graph.input.push(graph.input[0])),
      /Two inputs of the graph are named "x"/,
    ],
    ['a node without operator', changed(({ graph }) => (graph.node[0]!.opType = '')), /has no operator/],
  ])('%s', (_, bytes, message) => expect(() => read(bytes)).toThrow(message));

  test('sorts nodes that are in the wrong order', () =>
    expect(
      readModel(
        buildModel({
          ...small,
          nodes: [
            ['MatMul', ['h', 'w'], ['y'], {}, 'second'],
            ['Relu', ['x'], ['h'], {}, 'first'],
          ],
        }),
      ).nodes.map((node) => node.name),
    ).toEqual(['first', 'second']));
  test('a chain longer than the call stack', () => {
    const nodes = Array.from({ length: 30_000 }, (_, i): ModelSketch['nodes'][number] => [
      'Relu',
      [i === 0 ? 'x' : `v${i - 1}`],
      [i === 29_999 ? 'y' : `v${i}`],
    ]);
    expect(readModel(buildModel({ ...small, nodes: nodes.toReversed() })).nodes).toHaveLength(30_000);
  });
});

describe('rejects invalid tensors', () => {
  const withTensor = (tensor: Record<string, unknown>): Uint8Array =>
    changed(({ graph }) => (graph.initializer[0] = { name: 'w', dataType: 1, ...tensor }));
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'too few bytes',
      { dims: [2, 2], rawData: new Uint8Array(12) },
      /Tensor "w" of shape \[2, 2\] and dtype float32 needs 16 bytes, but the file has 12/,
    ],
    [
      'too few values',
      { dims: [2, 2], floatData: [1, 2, 3] },
      /Tensor "w" of shape \[2, 2\] needs 4 values, but the file has 3/,
    ],
    ['an absurd size', { dims: [1e9, 1e9], rawData: new Uint8Array(4) }, /impossible shape/],
    ['a large size', { dims: [1e6, 1e6], rawData: new Uint8Array(4) }, /needs 4000000000000 bytes, but the file has 4/],
    ['a negative size', { dims: [-2, -2], rawData: new Uint8Array(16) }, /impossible shape \[-2, -2\]/],
    ['texts', { dims: [2, 2], dataType: 8 }, /Tensor "w" holds string values/],
    ['a type from the future', { dims: [2, 2], dataType: 99 }, /data type 99/],
  ])('%s', (_, tensor, message) =>
    expect(() => importOnnx({ model: withTensor(tensor), name: 'bad.onnx' })).toThrow(message),
  );

  test('values in lists, and 64-bit integers, exactly', () => {
    const big = 2n ** 62n + 1n;
    const file = readModel(
      changed(({ graph }) =>
        graph.initializer.push(
          {
            name: 'i',
            dataType: 7,
            dims: [2],
            int64Data: [
              { low: 1, high: 1 << 30, unsigned: false },
              { low: -1, high: -1, unsigned: false },
            ],
          },
          { name: 'h', dataType: 10, dims: [1], int32Data: [0x3c00] },
        ),
      ),
    );
    expect(file.constants.get('i')!.read().data).toEqual(BigInt64Array.of(big, -1n));
    expect(file.constants.get('h')!.read()).toEqual({ shape: [1], dtype: 'float16', data: Uint16Array.of(0x3c00) });
  });

  test.each(['../secret', '/etc/passwd', 'a/../../b', 'C:\\data', '..\\up', ''])(
    'values in the file %j',
    (location) => {
      const bytes = withTensor({ dims: [2, 2], dataLocation: 1, externalData: [{ key: 'location', value: location }] });
      expect(() => importOnnx({ model: bytes, externalData: () => new Uint8Array(16), name: 'bad.onnx' })).toThrow(
        /Tensor "w" stores its values in .* not inside the model's folder/,
      );
    },
  );
  test('values in an external file', () => {
    const bytes = withTensor({
      dims: [2, 2],
      dataLocation: 1,
      externalData: [
        { key: 'location', value: 'weights.bin' },
        { key: 'offset', value: '4' },
        { key: 'length', value: '16' },
      ],
    });
    const weights = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4).buffer);
    expect(
      importOnnx({ model: bytes, externalData: { 'weights.bin': weights } })
        .weights.get('w')!
        .value.numbers(),
    ).toEqual([1, 2, 3, 4]);
    expect(() => importOnnx(bytes)).toThrow(/Tensor "w" stores its values in "weights.bin", which was not given/);
    expect(() => importOnnx({ model: bytes, externalData: { 'weights.bin': weights.subarray(0, 16) } })).toThrow(
      /needs bytes 4 to 20 of "weights.bin", which has 16/,
    );
  });
});

test('rejects absurdly large tensors requested by small files', () => {
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: [1] } },
      outputs: ['y'],
      constants: { s: longs([1 << 20, 1 << 20]) },
      nodes: [
        ['ConstantOfShape', ['s'], ['z'], {}, 'huge'],
        ['Add', ['x', 'z'], ['y']],
      ],
    }),
  );
  expect(() => model.shapes()).toThrow(
    /Node "huge" \(ConstantOfShape\): the result would have the shape \[1048576, 1048576\], which is more than/,
  );
});

test('unknown fields are kept in the bytes of nodes', () => {
  const future = messageField(900, new TextEncoder().encode('later'));
  const node = joinBytes([writeNode({ opType: 'Relu', inputs: ['x'], outputs: ['y'] }), future]);
  const whole = buildModel({ ...small, nodes: [['Relu', ['x'], ['y']]] });
  const model = readModel(replaceNode(whole, node));
  expect(model.nodes[0]!.bytes).toEqual(node);
});

/** The model with its only node replaced by other bytes. */
function replaceNode(model: Uint8Array, node: Uint8Array): Uint8Array {
  const file = readModel(model);
  const at = Buffer.from(model).indexOf(Buffer.from(file.nodes[0]!.bytes));
  const graphAt = Buffer.from(model).indexOf(Buffer.from(file.graph));
  const inGraph = at - graphAt;
  const graph = joinBytes([
    file.graph.subarray(0, inGraph - 2),
    messageField(1, node),
    file.graph.subarray(inGraph + file.nodes[0]!.bytes.length),
  ]);
  return joinBytes([
    model.subarray(0, graphAt - 2),
    messageField(7, graph),
    model.subarray(graphAt + file.graph.length),
  ]);
}

test('a message stays short if names with quotes in them are long', () => {
  const name = 'a"b'.repeat(300);
  const model = buildModel({
    inputs: { x: {} },
    outputs: ['y'],
    nodes: [['Add', ['y', 'x'], ['y'], {}, name]],
    opset: 17,
  });
  expect(() => readModel({ name: 'bad.onnx', model })).toThrow(
    /^bad\.onnx: Nodes "a"b.{200,900} the graph has a cycle\.$/s,
  );
});
