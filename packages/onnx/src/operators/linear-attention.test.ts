import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { importOnnx } from '../import-onnx.ts';
import { type AttributeValue, float } from '../proto/write.ts';
import { buildModel, floats, noise } from '../suite/build-model.ts';

type Inputs = Readonly<Record<string, readonly number[]>>;

/** The result of one node for random inputs of the given shapes; an input without dimensions is left out. */
function run(opType: string, inputs: Inputs, attributes: Record<string, AttributeValue>): number[] {
  const given = Object.entries(inputs).filter(([, shape]) => shape.length);
  const model = importOnnx(
    buildModel({
      opset: 27,
      inputs: Object.fromEntries(given.map(([name, shape]) => [name, { shape }])),
      outputs: ['y'],
      nodes: [[opType, Object.entries(inputs).map(([name, shape]) => (shape.length ? name : '')), ['y'], attributes]],
    }),
  );
  const values = given.map(([name, shape], i) => [name, tensor(floats(shape, noise(i)).data, { shape })] as const);
  return model.call(new Map(values)).get('y')!.numbers();
}

const heads = { q_num_heads: 2, kv_num_heads: 1 };
const ports = { query: [1, 3, 8], key: [1, 3, 4], value: [1, 3, 2], past: [], decay: [1, 3, 1], beta: [1, 3, 1] };

test('no steps give no results', () => {
  const none = { query: [1, 0, 8], key: [1, 0, 4], value: [1, 0, 2] };
  expect(run('LinearAttention', none, { ...heads, update_rule: 'linear' })).toEqual([]);
});

test.each<[string, Inputs, Record<string, AttributeValue>, RegExp]>([
  ['an unknown rule', ports, { ...heads, update_rule: 'square' }, /update_rule "square" must be linear, gated/],
  ['a missing decay', { ...ports, decay: [] }, heads, /update_rule "gated_delta" needs the input decay/],
  ['a decay without use', ports, { ...heads, update_rule: 'delta' }, /"delta" does not use the input decay/],
  ['heads that do not divide', ports, { q_num_heads: 2, kv_num_heads: 3 }, /q_num_heads 2 must be a multiple/],
  ['no heads', ports, { q_num_heads: 0, kv_num_heads: 0 }, /q_num_heads 0 must be a multiple/],
  ['keys of another length', { ...ports, key: [1, 2, 4] }, heads, /its key must be \[batch, length, 1 · size\]/],
  ['a decay of another size', { ...ports, decay: [1, 3, 2] }, heads, /decay must be \[1, 3, 1 or 4\], got \[1,3,2\]/],
  ['a state of another size', { ...ports, past: [1, 1, 2, 4] }, heads, /past_state must be \[1,1,4,2\]/],
])('LinearAttention rejects %s', (_, inputs, attributes, message) =>
  expect(() => run('LinearAttention', inputs, { ...attributes, scale: float(1) })).toThrow(message),
);

const signal = { x: [1, 2, 5], weight: [2, 1, 3] };
test.each<[string, Inputs, Record<string, AttributeValue>, RegExp]>([
  ['an unknown activation', signal, { activation: 'relu' }, /activation "relu" must be none, silu or swish/],
  ['an image', { x: [1, 2, 5, 5], weight: [2, 1, 3] }, {}, /got \[1,2,5,5\] and \[2,1,3\]/],
  ['kernels of groups', { x: [1, 2, 5], weight: [2, 2, 3] }, {}, /got \[1,2,5\] and \[2,2,3\]/],
  ['a state of another length', { ...signal, bias: [2], past: [1, 2, 3] }, {}, /past_state must be \[1,2,2\]/],
])('CausalConvWithState rejects %s', (_, inputs, attributes, message) =>
  expect(() => run('CausalConvWithState', inputs, attributes)).toThrow(message),
);

test('one step at a time gives the same as all at once', () => {
  const whole = importOnnx(model(6));
  const step = importOnnx(model(1));
  const x = floats([1, 2, 6], noise(3)).data as Float32Array;
  const at = (values: readonly number[], length: number) =>
    tensor(values as number[], { shape: [1, 2, length], dtype: 'float32' });
  const wanted = whole
    .call(
      new Map([
        ['x', at([...x], 6)],
        ['past', at([0, 0, 0, 0], 2)],
      ]),
    )
    .get('y')!
    .numbers();
  let past = at([0, 0, 0, 0], 2);
  const got = Array.from({ length: 6 }, (_, i) => {
    const results = step.call(
      new Map([
        ['x', at([x[i]!, x[6 + i]!], 1)],
        ['past', past],
      ]),
    );
    past = results.get('present')!;
    return results.get('y')!.numbers();
  });
  expect(got.map(([a]) => a).concat(got.map(([, b]) => b))).toEqual(wanted);
});

const model = (length: number): Uint8Array =>
  buildModel({
    opset: 27,
    inputs: { x: { shape: [1, 2, length] }, past: { shape: [1, 2, 2] } },
    outputs: ['y', 'present'],
    constants: { w: floats([2, 1, 3], noise(5)), b: floats([2], noise(6)) },
    nodes: [['CausalConvWithState', ['x', 'w', 'b', 'past'], ['y', 'present'], { activation: 'silu' }]],
  });
