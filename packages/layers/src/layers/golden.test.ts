import { createWasmBackend } from '@graft/backend-wasm';
import { createApp } from '@graft/plugin';
import {
  add,
  type AnyBackend,
  type DType,
  isFloat,
  js,
  mul,
  Random,
  type Shape,
  sum,
  tensor,
  type Tensor,
  upload,
  toArray,
  valueAndGrad,
} from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  inference,
  layer,
  layersPlugin,
  loadWeights,
  type LSTM,
  type Module,
  type MultiheadAttention,
  type Run,
  type TransformerEncoder,
  TrainingRun,
} from '../index.ts';

interface Numbers {
  readonly shape: Shape;
  readonly data: number[];
  readonly dtype?: DType;
}
interface Case {
  readonly layer: string;
  readonly options: Record<string, unknown>;
  /** The method that computes; default `forward`. */
  readonly call?: 'unroll' | 'attend' | 'encode';
  readonly training?: boolean;
  readonly input: Numbers;
  readonly inputs?: Record<string, Numbers>;
  readonly weights?: Record<string, Numbers>;
  readonly outputs: Numbers[];
  readonly gradient?: Numbers;
  readonly gradients?: Record<string, Numbers>;
  readonly buffers?: Record<string, Numbers>;
}
interface Initial extends Pick<Case, 'layer' | 'options'> {
  /** Mean, deviation and greatest size of each parameter's elements. */
  readonly meanDeviationGreatest: Record<string, [number, number, number]>;
}
const { cases, initial } = JSON.parse(readFileSync(new URL('./layers.golden.json', import.meta.url), 'utf8')) as {
  cases: Case[];
  initial: Initial[];
};
const app = await createApp([layersPlugin]);
const layers = app.all(layer);
const titled = cases.map((one) => ({
  ...one,
  title: `${one.layer} ${JSON.stringify(one.options)}${one.training ? ' in training' : ''}${one.call ? ` by ${one.call}` : ''}`,
}));

describe.each([js, await createWasmBackend({ threads: 1 })])('on $name', (backend) => {
  test.each(titled)('$title matches PyTorch, and so does its gradients', async (one) => {
    const module = app.get(layer, one.layer).create(one.options);
    loadWeights(
      module,
      new Map(
        Object.entries(one.weights ?? {}).map(([path, { shape, data }]) => [
          path,
          { shape, dtype: 'float32' as const, data: toArray(data, 'float32') },
        ]),
      ),
    );
    await module.to(backend);
    const x = placed(one.input, backend);
    const others = Object.fromEntries(
      Object.entries(one.inputs ?? {}).map(([name, numbers]) => [name, placed(numbers, backend)]),
    );
    const run = one.training ? new TrainingRun(new Random(0)) : inference;
    const parameters = Object.keys(one.gradients ?? {}).map((path) => new Map(module.parameters()).get(path)!);
    let outputs: readonly Tensor[] = [];
    const { grads } = valueAndGrad(() => {
      outputs = computed(one.call, module, x, others, run);
      for (const output of outputs) output.kept = true;
      return outputs.map((output) => sum(mul(output, weightsLike(output)))).reduce(add);
    }, [...(one.gradient ? [x] : []), ...parameters]);
    for (const [i, wanted] of one.outputs.entries()) {
      expect(outputs[i]!.shape).toEqual(wanted.shape);
      expectClose(outputs[i]!.numbers(), wanted.data, 3e-5, `output ${i}`);
    }
    const [ofInput, ofParameters] = one.gradient ? [grads[0], grads.slice(1)] : [undefined, grads];
    if (ofInput) expectClose(ofInput.numbers(), one.gradient!.data, 1e-4, 'gradient of the input', 0.3);
    for (const [i, [path, wanted]] of Object.entries(one.gradients ?? {}).entries())
      expectClose(ofParameters[i]!.numbers(), wanted.data, 1e-4, `gradient of ${path}`, 0.3);
    if (run instanceof TrainingRun) run.commit();
    for (const [path, wanted] of Object.entries(one.buffers ?? {}))
      expectClose(new Map(module.parameters()).get(path)!.value.numbers(), wanted.data, 1e-5, path);
  });
});

test.each(initial)('$layer begins as in PyTorch', ({ layer: name, options, meanDeviationGreatest }) => {
  const parameters = new Map(
    [...app.get(layer, name).create(options).initialize(1).parameters()].filter(([, { kind }]) => kind === 'weight'),
  );
  expect([...parameters.keys()].sort()).toEqual(Object.keys(meanDeviationGreatest).sort());
  for (const [path, [mean, deviation, greatest]] of Object.entries(meanDeviationGreatest)) {
    const values = parameters.get(path)!.value.numbers();
    const own = values.reduce((a, b) => a + b, 0) / values.length;
    // Biases are few, so that their deviations scatter.
    const tolerance = values.length > 1000 ? 0.05 : 0.25;
    expectClose(
      [Math.sqrt(values.reduce((sum, v) => sum + (v - own) ** 2, 0) / values.length)],
      [deviation],
      tolerance,
      path,
      0,
    );
    expectClose([own], [mean], 0.3, path, deviation);
    if (!/embedding/.test(name)) expectClose([Math.max(...values.map(Math.abs))], [greatest], 0.1, path, 0);
  }
});

/** Layers that tools/golden/layers.py has no case of yet. */
const withoutGolden: readonly string[] = [];
test('every layer has golden numbers', () =>
  expect(
    layers
      .map(({ name }) => name)
      .filter((name) => !withoutGolden.includes(name) && !cases.some((one) => one.layer === name)),
  ).toEqual([]));
test.each(layers.map(({ name }) => name))('%s rejects unknown options', (name) =>
  expect(() => app.get(layer, name).create({ nonsense: 1 })).toThrow(`${name} has no option "nonsense".`),
);

const placed = ({ shape, data, dtype = 'float32' }: Numbers, backend: AnyBackend): Tensor => {
  const values = tensor(data, { shape, dtype });
  return isFloat(dtype) ? upload(values, backend) : values;
};

function computed(
  call: Case['call'],
  module: Module,
  x: Tensor,
  { key = x, value = x, state0, state1, ...masks }: Record<string, Tensor>,
  run: Run,
): readonly Tensor[] {
  if (call === 'attend') return [(module as MultiheadAttention).attend(x, key, value, masks, run)];
  if (call === 'encode') return [(module as TransformerEncoder).encode(x, masks, run)];
  if (call !== 'unroll') return [module.forward(x, run)];
  const { output, states } = (module as LSTM).unroll(x, { states: [state0!, ...(state1 ? [state1] : [])] }, run);
  return [output, ...states];
}

/** Fixed numbers of many sizes and both signs: the script's. */
const weightsLike = (y: Tensor): Tensor =>
  tensor(
    Array.from({ length: y.size }, (_, i) => Math.sin(1 + 2.3 * i) + 0.1),
    { shape: y.shape, backend: y.backend },
  );
