import { expect, test } from 'vitest';
import { buildModel, type ModelSketch, subgraph } from '../testing/index.ts';
import { readModel } from './read-model.ts';
import { joinBytes, messageField } from './wire.ts';

const small: ModelSketch = { inputs: { x: { shape: [1] } }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] };
const bytes = buildModel(small);
/** The fields of a message, many times. */
const times = (count: number, ...field: number[]): Uint8Array =>
  new Uint8Array(count * field.length).map((_, i) => field[i % field.length]!);
const read = (...parts: Uint8Array[]): unknown => readModel({ name: 'bomb.onnx', model: joinBytes(parts) });
/** Bytes that the process holds more after a call. */
function growth(fn: () => void): number {
  const before = process.memoryUsage().heapUsed;
  fn();
  return process.memoryUsage().heapUsed - before;
}

// A message of two bytes takes hundreds of bytes when it is decoded.
test.each<[string, RegExp, Uint8Array]>([
  ['empty nodes', /more than 131072 nodes/, messageField(7, times(5e6, 0x0a, 0))],
  ['empty nodes of a function', /more than 131072 nodes/, messageField(25, times(5e6, 0x3a, 0))],
  ['empty initializers', /more than 1 GiB of memory/, messageField(7, times(5e6, 0x2a, 0))],
  ['empty inputs of the graph', /more than 1 GiB of memory/, messageField(7, times(5e6, 0x5a, 0))],
  [
    'inputs of a node without names',
    /more than 1 GiB of memory/,
    messageField(7, messageField(1, times(1e7, 0x0a, 0))),
  ],
  ['fields that are not in the schema', /more than 1 GiB of memory/, times(1e7, 0x78, 0)],
  [
    'integers of an attribute',
    /more than 1 GiB of memory/,
    messageField(7, messageField(1, messageField(5, messageField(8, times(7e7, 1))))),
  ],
])('millions of %s are rejected when they reach the limit', (_, message, part) => {
  const isGraph = part[0] === ((7 << 3) | 2); // a file has one
  const grown = growth(() => expect(() => read(...(isGraph ? [] : [bytes]), part)).toThrow(message));
  expect(grown).toBeLessThan(2 ** 29);
});

test('messages in messages', () => {
  const nested = (depth: number): Uint8Array => {
    let node = messageField(4, Uint8Array.of(0x49));
    for (let i = 0; i < depth; i++)
      node = joinBytes([messageField(4, Uint8Array.of(0x49)), messageField(5, messageField(6, messageField(1, node)))]);
    return messageField(7, messageField(1, node));
  };
  expect(() => read(nested(3000))).toThrow(/^bomb\.onnx \(\d+ bytes\) has messages nested more than 400 deep\./);
  let type = messageField(1, new Uint8Array());
  for (let i = 0; i < 2000; i++) type = messageField(4, messageField(1, type)); // sequences of sequences
  expect(() => read(messageField(7, messageField(13, messageField(2, type))))).toThrow('nested more than 400 deep');
  expect(() => read(bytes, times(1e6, 0x7b))).toThrow(/is not an ONNX model.*it has a group/); // groups
});

test('a name of 200,000 letters', () => {
  const name = 'A'.repeat(200_000);
  const sketches: readonly ModelSketch['nodes'][] = [
    [[name, ['x'], ['y']]],
    [['Relu', ['x'], ['y'], {}, name]],
    [
      ['Relu', ['x'], ['y']],
      ['Relu', ['y'], [name]],
    ],
  ];
  for (const nodes of sketches)
    expect(() => read(buildModel({ ...small, nodes }))).toThrow(
      /^bomb\.onnx \(\d+ bytes\) has a name of 200000 bytes, but at most 4096 are accepted\. .{20,100}$/,
    );
});

test('what a file may hold', () => {
  const branch = subgraph({ inputs: {}, outputs: ['t'], nodes: [['Neg', ['x'], ['t']]] });
  const nodes: ModelSketch['nodes'] = Array.from({ length: 20_000 }, (_, i) => [
    'Relu',
    [i ? `v${i - 1}` : 'x'],
    [i === 19_999 ? 'y' : `v${i}`],
  ]);
  expect(() => read(buildModel({ ...small, nodes }))).not.toThrow();
  expect(() => read(buildModel({ ...small, nodes: [['If', ['x'], ['y'], { then_branch: branch }]] }))).not.toThrow();
});
