import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createWasmBackend } from '@graft/backend-wasm';
import { type OnnxOperator, operator, standardOperators } from '@graft/onnx';
import {
  buildModel,
  checkCase,
  checkGradients,
  floats,
  longs,
  type ModelSketch,
  noise,
  writeValue,
} from '@graft/onnx/suite';
import { add, mul, stopGradient, type Tensor } from '@graft/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { isDifferentiable } from './differentiable-inputs.mjs';
import { kindOfReason } from './kind-of-reason.mjs';
import { knownDifference } from './known-differences.mjs';
import { randomRule } from './random-rules.mjs';
import { runCases } from './run-cases.mjs';

const folder = mkdtempSync(join(tmpdir(), 'graft-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const relu = buildModel({ inputs: { x: { shape: [3] } }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
const x = writeValue(floats([3], [-1, 0, 2]));
const caseOf = (...values: number[]): { model: Uint8Array; inputs: Uint8Array[]; outputs: Uint8Array[] } => ({
  model: relu,
  inputs: [x],
  outputs: [writeValue(floats([values.length], values))],
});

test('a case passes, or reports what is wrong', async () => {
  await checkCase(caseOf(0, 0, 2.0001));
  await expect(checkCase(caseOf(0, 0, 3))).rejects.toThrow('Output "y" is 2 at 2, but should be 3.');
  await expect(checkCase(caseOf(0, 2))).rejects.toThrow('Output "y" has the shape [3], but should have [2].');
});

test('a case that takes too long is terminated, and the others continue', async () => {
  const script = join(folder, 'worker.mjs');
  writeFileSync(
    script,
    `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (name) => {
      while (name === 'endless');
      parentPort.postMessage(name === 'good' ? undefined : 'It is wrong.');
    });
    parentPort.postMessage('ready');
  `,
  );
  const reasons: unknown[] = [];
  await runCases(['good', 'endless', 'bad', 'good'], 'js', (_, reason) => void reasons.push(reason), {
    seconds: 0.5,
    script: pathToFileURL(script),
  });
  expect(reasons).toEqual([undefined, 'It was terminated after 0.5 seconds.', 'It is wrong.', undefined]);
});

test('reasons that differ in names and numbers only are of one kind', () =>
  expect(kindOfReason('model.onnx: Node "a" (Conv): "x" is [1, 2] at 3.')).toBe(
    kindOfReason('model.onnx: Node "b" (Conv): "y" is [4] at 12.'),
  ));

describe('random outputs', () => {
  const size = 400;
  const p = floats([size], (i) => (i % 5) / 4);
  const bernoulli = buildModel({
    opset: 15,
    inputs: { p: { shape: [size] } },
    outputs: ['y'],
    nodes: [['Bernoulli', ['p'], ['y']]],
  });
  const dropout = buildModel({
    inputs: { x: { shape: [size] }, r: { shape: [] }, t: { dtype: 'bool', shape: [] } },
    outputs: { y: 'float32', mask: 'bool' },
    nodes: [['Dropout', ['x', 'r', 't'], ['y', 'mask']]],
  });
  const x = floats([size], noise(5));
  const given = [x, floats([], [0.75]), { shape: [], dtype: 'bool', data: Uint8Array.of(1) } as const].map(writeValue);
  test('are checked by what the specification says of them', async () => {
    await checkCase(
      { model: bernoulli, inputs: [writeValue(p)], outputs: [writeValue(floats([size], () => 0))] },
      { random: randomRule(bernoulli)! },
    );
    const mask = { shape: [size], dtype: 'bool', data: new Uint8Array(size) } as const;
    await checkCase(
      { model: dropout, inputs: given, outputs: [x, mask].map(writeValue) },
      { random: randomRule(dropout)! },
    );
  });
  const numbers = (...lists: [string, readonly number[]][]): ReadonlyMap<string, readonly number[]> => new Map(lists);
  test.each<[string, readonly number[], RegExp]>([
    ['another value', p.data as never, /^Element 1 is 0.25, but should be 0 or 1/],
    ['too many hits', Array<number>(size).fill(1), /^400 elements are drawn, but 200 are expected/],
  ])('Bernoulli with %s is wrong', (_, y, message) =>
    expect(
      randomRule(bernoulli)!({
        inputs: numbers(['p', Array.from(p.data as Float32Array)]),
        outputs: numbers(['y', Array.from(y)]),
      }),
    ).toMatch(message),
  );
  test.each<[string, (value: number, i: number) => number, (i: number) => number, RegExp]>([
    ['without scale', (value) => value, () => 1, /should be 0 or .* \/ \(1 - 0.75\)/],
    [
      'with a mask of ones',
      (value, i) => (i % 4 ? 0 : 4 * value),
      () => 1,
      /^The mask is 1 at 1, where the result is 0/,
    ],
    ['that keeps half', (value, i) => (i % 2 ? 0 : 4 * value), (i) => 1 - (i % 2), /^200 elements are drawn, but 100/],
  ])('Dropout %s is wrong', (_, y, mask, message) => {
    const values = Array.from(x.data as Float32Array);
    expect(
      randomRule(dropout)!({
        inputs: numbers(['x', values], ['r', [0.75]]),
        outputs: numbers(['y', values.map(y)], ['mask', values.map((_value, i) => mask(i))]),
      }),
    ).toMatch(message);
  });
  test('a model that draws nothing has no rule', () => expect(randomRule(relu)).toBeUndefined());
});

test('known differences have a reason, for values or for gradients', () => {
  expect(knownDifference('test_adam_multiple', 'values')).toMatch(/epsilon/);
  expect(knownDifference('test_adam_multiple', 'gradients')).toBeUndefined();
  expect(knownDifference('test_image_decoder_decode_png_rgb', 'gradients')).toMatch(/asynchronous/);
  expect(knownDifference('test_adam', 'values')).toBeUndefined();
});

describe('gradients', () => {
  type Sketch = Omit<ModelSketch, 'inputs' | 'outputs'>;
  const gradientCase = (
    value: ReturnType<typeof floats>,
    sketch: Sketch,
  ): { model: Uint8Array; inputs: Uint8Array[] } => ({
    model: buildModel({ inputs: { x: { dtype: value.dtype, shape: value.shape } }, outputs: ['y'], ...sketch }),
    inputs: [writeValue(value)],
  });
  const matrix = floats([3, 4], noise(1));
  const image = floats([1, 2, 5, 5], noise(2));
  const cases: [string, ReturnType<typeof floats>, Sketch][] = [
    [
      'of a convolution, its weights and its biases',
      image,
      {
        constants: { w: floats([3, 2, 3, 3], noise(3)), b: floats([3], noise(4)) },
        nodes: [
          ['Conv', ['x', 'w', 'b'], ['c']],
          ['MaxPool', ['c'], ['y'], { kernel_shape: [2, 2] }],
        ],
      },
    ],
    [
      'through a layer norm, whose schema says nothing',
      matrix,
      { constants: { s: floats([4], noise(3)) }, nodes: [['LayerNormalization', ['x', 's'], ['y']]] },
    ],
    [
      'through casts to fewer bits and back',
      matrix,
      {
        nodes: [
          ['Cast', ['x'], ['h'], { to: 10 }],
          ['Mul', ['h', 'h'], ['s']],
          ['Cast', ['s'], ['y'], { to: 1 }],
        ],
      },
    ],
    [
      'through a sequence',
      matrix,
      {
        constants: { at: longs([-1], []) },
        nodes: [
          ['SplitToSequence', ['x'], ['s']],
          ['SequenceAt', ['s', 'at'], ['e']],
          ['Exp', ['e'], ['y']],
        ],
      },
    ],
  ];
  test.each(cases)('%s', async (_, value, sketch) =>
    expect(await checkGradients(gradientCase(value, sketch), { flows: isDifferentiable })).toEqual({}),
  );
  test('on another backend, too', async () => {
    const backend = await createWasmBackend();
    for (const [, value, sketch] of cases.filter(([name]) => !name.includes('fewer bits')))
      expect(await checkGradients(gradientCase(value, sketch), { flows: isDifferentiable, backend })).toEqual({});
    await backend.dispose?.();
  });
  test('where the function has a kink a point beside it is taken', async () =>
    expect(await checkGradients({ model: relu, inputs: [x] }, { flows: isDifferentiable })).toEqual({ beside: true }));
  test.each<[string, ReturnType<typeof floats>, Sketch, RegExp]>([
    ['integers', longs([1, 2]), { nodes: [['Cast', ['x'], ['y'], { to: 1 }]] }, /no floating-point inputs/],
    [
      'roundings',
      matrix,
      {
        nodes: [
          ['Round', ['x'], ['r']],
          ['Neg', ['r'], ['y']],
        ],
      },
      /no derivative is defined/,
    ],
    ['roots of negative numbers', floats([2], [-1, 2]), { nodes: [['Sqrt', ['x'], ['y']]] }, /not finite/],
  ])('%s are excluded, with the reason', async (_, value, sketch, reason) =>
    expect((await checkGradients(gradientCase(value, sketch), { flows: isDifferentiable })).excluded).toMatch(reason),
  );

  const wrong = (run: (x: Tensor) => Tensor): OnnxOperator[] => [
    ...standardOperators.filter(({ opType }) => opType !== 'Neg'),
    operator('Neg', 1, ([one]) => run(one!)),
  ];
  const negated = gradientCase(floats([2], [1, 2]), { nodes: [['Neg', ['x'], ['y']]] });
  test('a wrong gradient and a missing one are found', async () => {
    await expect(
      checkGradients(negated, { flows: isDifferentiable, operators: wrong((one) => mul(one, stopGradient(one))) }),
    ).rejects.toThrow(/^The gradient of "x" is 0\.94\d* at 0, but finite differences give 1\.88\d*\.$/);
    await expect(
      checkGradients(negated, { flows: isDifferentiable, operators: wrong((one) => stopGradient(one)) }),
    ).rejects.toThrow(/^The gradient of "x" is 0 at 0/);
    const large = gradientCase(floats([50, 50], noise(1)), { nodes: [['Neg', ['x'], ['y']]] });
    const oneIsLost = wrong((one) => add(one, stopGradient(one)));
    await expect(checkGradients(large, { flows: isDifferentiable, operators: oneIsLost })).rejects.toThrow(
      /in random direction 0/,
    );
  });
  test('a backend whose gradient is another', async () => {
    const backend = await createWasmBackend();
    const mul32 = backend.kernels.get('mul')!;
    backend.kernels.set('mul', (inputs, attrs, out) =>
      inputs.length ? mul32([inputs[1]!, inputs[1]!], attrs, out) : undefined,
    );
    await expect(
      checkGradients(
        gradientCase(matrix, {
          nodes: [
            ['Mul', ['x', 'x'], ['s']],
            ['Sin', ['s'], ['y']],
          ],
        }),
        { flows: isDifferentiable, backend },
      ),
    ).rejects.toThrow(/^The gradient of "x" is .* in float64 on the host\.$/);
    await backend.dispose?.();
  });
  test('which inputs are differentiable is what the schemas say', () => {
    const flows = (opType: string, input: number, inputs = ['a', 'b', 'c']): boolean =>
      isDifferentiable({ opType, domain: '', inputs }, input);
    expect([
      flows('Conv', 2),
      flows('Gather', 0),
      flows('Gather', 1),
      flows('Max', 7),
      flows('Loop', 3),
      flows('Bernoulli', 0),
      flows('NoSuch', 0),
    ]).toEqual([true, true, false, true, true, false, false]);
    expect([flows('Dropout', 0), flows('Dropout', 0, ['a', 'b', ''])]).toEqual([false, true]);
  });
});
