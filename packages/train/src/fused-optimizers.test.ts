import { createWasmBackend } from '@graft/backend-wasm';
import {
  adam,
  adamW,
  chain,
  type GradientTransform,
  momentum,
  Optimizer,
  scaleByLearningRate,
  sgd,
} from '@graft/optimizers';
import { type AnyBackend, keep, Parameter, Random, scope, tensor } from '@graft/tensor';
import { afterAll, expect, test } from 'vitest';

// A backend's fused update must equal the chain of transforms, bit for bit.
const backends = (await Promise.all(
  [true, false].map((relaxed) => createWasmBackend({ relaxed, threads: 2, leastWork: 0 })),
)) as AnyBackend[];
afterAll(async () => {
  for (const backend of backends) await backend.dispose?.();
});

const schedule = (step: number): number => 0.1 / (1 + step);

/** Weights and optimizer state after ten steps, and how many updates kept weights in place. */
async function run(
  backend: AnyBackend,
  transform: GradientTransform,
  share = false,
): Promise<{ weights: number[][]; state: Map<string, unknown>; inPlace: number }> {
  const random = new Random(5);
  const values = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const parameters = scope(() =>
    [[3, 5, 7], [2000], [1]].map((shape) => {
      const parameter = new Parameter(tensor(values(shape.reduce((a, b) => a * b)), { shape, backend }));
      parameter.name = String(shape);
      return parameter;
    }),
  );
  const optimizer = new Optimizer(
    [{ parameters: parameters.slice(0, 2) }, { parameters: parameters.slice(2), learningRate: 0.5, weightDecay: 0 }],
    transform,
  );
  let inPlace = 0;
  for (let step = 0; step < 10; step++) {
    const held = share && step === 4 ? keep(parameters[1]!.value).retain() : undefined;
    const before = held?.numbers();
    scope(() => {
      const grads = parameters.map(({ value }) => tensor(values(value.size), { shape: value.shape, backend }));
      const places = parameters.map(({ value }) => value.data);
      optimizer.step(grads);
      inPlace += parameters.filter(({ value }, i) => value.data === places[i]).length;
    });
    if (held) expect(held.numbers()).toEqual(before);
    held?.dispose();
    held?.release();
  }
  const result = { weights: parameters.map(({ value }) => value.numbers()), state: await optimizer.state(), inPlace };
  optimizer.dispose();
  for (const parameter of parameters) parameter.dispose();
  return result;
}

const cases: Record<string, () => GradientTransform> = {
  sgd: () => sgd({ learningRate: schedule }),
  'sgd with decay': () => sgd({ learningRate: 0.1, weightDecay: 0.2 }),
  'sgd with momentum and decay': () =>
    sgd({ learningRate: schedule, momentum: (step) => 0.8 + 0.01 * step, weightDecay: 0.2 }),
  nesterov: () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  adam: () => adam({ learningRate: 0.1 }),
  'adam with decay': () =>
    adam({ learningRate: 0.1, weightDecay: 0.3, betas: [(step) => 0.9 - 0.01 * step, 0.99], epsilon: 1e-4 }),
  adamW: () => adamW({ learningRate: schedule, weightDecay: 0.3 }),
  'a custom chain': () => chain(momentum({ decay: 0.5 }), scaleByLearningRate(0.1)),
};

for (const backend of backends)
  test.each(Object.entries(cases))(
    `${(backend as { variant?: string }).variant}: the fused update of %s equals the chain bit for bit, in place`,
    async (_, make) => {
      const updates = new Map(backend.updates);
      const fused = await run(backend, make());
      backend.updates!.clear();
      const { weights, state, inPlace } = await run(backend, make());
      for (const [name, update] of updates) backend.updates!.set(name, update);
      expect(fused.weights).toEqual(weights);
      expect(fused.state).toEqual(state);
      expect([fused.inPlace, inPlace]).toEqual([30, 0]);
    },
  );

test('a weight that is still referenced elsewhere is copied, with the same result', async () => {
  const [backend] = backends as [AnyBackend];
  const shared = await run(backend, cases['adamW']!(), true);
  const alone = await run(backend, cases['adamW']!(), false);
  expect(shared.weights).toEqual(alone.weights);
  expect(shared.inPlace).toBe(29);
});

test('an optimizer without a fused update runs as a chain', async () =>
  expect((await run(backends[0]!, adam({ learningRate: 0.1, amsgrad: true }))).inPlace).toBe(0));
