import { createBackend, createGraft } from '@graft/graft';
import { arrayDataset, type Batch, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear, type Module, weightsOf } from '@graft/layers';
import { adamW, chain, clipByGlobalNorm, Optimizer, warmUp } from '@graft/optimizers';
import {
  add,
  matmul,
  mean,
  Random,
  scope,
  softmaxCrossEntropy,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
} from '@graft/tensor';
import { accuracy, bestOf, fit, type FitOptions } from '@graft/train';
import { afterAll, expect, test, vi } from 'vitest';
import { createReporter } from '../reporter.ts';
import { LiveRun } from './live-run.ts';
import { Pace } from './pace.ts';

const app = await createGraft();
const backend = await createBackend(app);
afterAll(() => app.dispose());

/** Features as a backbone gives them, of classes that a linear head can tell apart for the most part. */
async function phase({
  classes = 3,
  features = 8,
  samples = 64,
  batchSize = 16,
  epochs = 4,
}: { classes?: number; features?: number; samples?: number; batchSize?: number; epochs?: number } = {}): Promise<
  FitOptions & {
    model: Module;
    metrics: [ReturnType<typeof accuracy>];
  }
> {
  const random = new Random(5);
  const made = Array.from({ length: samples }, (_, i) => ({
    input: Float32Array.from({ length: features }, (_, k) => random.normal() + (k % classes === i % classes ? 1 : 0)),
    label: i % classes,
  }));
  const model = await new Linear({ in: features, out: classes }).initialize(1).to(backend);
  const loader = (shuffle: boolean) =>
    new Loader(arrayDataset(made), { batchSize, seed: 1, shuffle, collate: vectorBatch(), prefetch: 0 });
  const optimizer = new Optimizer(
    model,
    chain(clipByGlobalNorm(1), adamW({ learningRate: warmUp({ steps: 8, then: () => 0.1 }) })),
  );
  return {
    model,
    loss: crossEntropy(),
    optimizer,
    data: loader(true),
    validation: loader(false),
    epochs,
    metrics: [accuracy()],
    callbacks: [],
    seed: 2,
  };
}
const watched = (live: LiveRun, options: Awaited<ReturnType<typeof phase>>): FitOptions =>
  live.watching('head', { ...options, callbacks: [] });

test('a run that is watched learns the same bits, and has the same log', async () => {
  const [plain, seen] = [await phase(), await phase()];
  const { log } = await fit(plain);
  const live = new LiveRun();
  expect((await fit(watched(live, seen))).log).toEqual(log);
  expect(await weightsOf(seen.model)).toEqual(await weightsOf(plain.model));
  expect(live.log).toEqual(log);
});
test('what it says is what is so', async () => {
  const live = new LiveRun();
  const options = await phase({ batchSize: 64, epochs: 1 });
  const weights = await weightsOf(options.model);
  const batches: Batch[] = [];
  for await (const batch of options.validation as AsyncIterable<Batch>) batches.push(batch);
  const truth = scope(() => {
    const [x, y] = [tensor(batches[0]!.inputs, { shape: [64, 8] }), tensor(batches[0]!.labels)];
    const [w, b] = ['weight', 'bias'].map((name) =>
      tensor(weights.get(name)!.data, { shape: weights.get(name)!.shape }),
    );
    const logits = (): Tensor => add(matmul(x, transpose(w!)), b!);
    const { grads } = valueAndGrad(() => mean(softmaxCrossEntropy(logits(), y)), [w!, b!]);
    const answers = logits().numbers();
    const right = [...batches[0]!.labels].reduce(
      (count, label, n) => count + Number(bestOf(answers.slice(3 * n, 3 * n + 3)) === label),
      0,
    );
    return { norm: Math.sqrt(grads.reduce((all, grad) => all + sum(square(grad!)).item(), 0)), accuracy: right / 64 };
  });
  await fit(watched(live, options));
  expect(live.gradientNorm.values).toHaveLength(1);
  expect(live.gradientNorm.values[0]).toBeCloseTo(truth.norm, 5);
  expect(live.log[0]!['accuracy']).toBe(truth.accuracy);
  expect(live.learningRate).toMatchObject({ steps: [1] });
  expect(live.held[0]!.outputs.shape).toEqual([64, 3]);
  expect(Array.from(live.held[0]!.targets)).toEqual(Array.from(batches[0]!.labels));
});
test('looks at gradients take half a percent of the time', async () => {
  // Clocks of the test: 1 ms for each read of the first, 100 ms of the second for each loss.
  let [now, used] = [0, 0];
  const clocks = [
    vi.spyOn(performance, 'now').mockImplementation(() => now++),
    vi.spyOn(process, 'cpuUsage').mockImplementation(() => ({ user: 1000 * used, system: 0 })),
  ];
  const charge = vi.spyOn(Pace.prototype, 'charge');
  try {
    const options = await phase({ epochs: 16 });
    const loss: FitOptions['loss'] = (output, target) => {
      used += 100;
      return crossEntropy()(output, target);
    };
    const live = new LiveRun();
    await fit({ ...watched(live, { ...options, loss }) });
    const costs = charge.mock.calls.map(([milliseconds]) => milliseconds);
    expect(new Set(costs)).toEqual(new Set([2])); // two gradients
    expect(used).toBeGreaterThan(6400);
    expect(costs.length).toBeLessThanOrEqual(1 + (0.005 * used) / 2);
    expect(costs.length).toBeGreaterThan(10);
    expect(live.gradientNorm.values.length).toBe(costs.length);
  } finally {
    for (const spy of [...clocks, charge]) spy.mockRestore();
  }
});
test('phases follow each other: steps go on, and so does the log', async () => {
  const live = new LiveRun();
  for (const name of ['head', 'all'])
    await fit(live.watching(name, { ...(await phase()), callbacks: [] }) as FitOptions);
  expect(live.learningRate.steps).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
  expect(live.log.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  expect(live.learningRate.values[0]).toBeLessThan(live.learningRate.values[8]!);
  expect(live.epoch).toMatchObject({ number: 4, of: 4 });
});
test('hears what is said, and passes it on', () => {
  const live = new LiveRun();
  const said: string[] = [];
  const reporter = live.overhearing(createReporter({ stream: { isTTY: true, write: (text) => said.push(text) } }));
  reporter.warn('beware');
  reporter.count('reading images', 3, 7);
  expect(live).toMatchObject({ warnings: ['beware'], stage: { what: 'reading images', done: 3, total: 7 } });
  expect(said).toEqual(['graft: beware\n', '\rreading images 3/7']);
  reporter.download('a model', 5, undefined);
  expect(live.stage).toEqual({ what: 'downloading a model', done: 5 });
});
