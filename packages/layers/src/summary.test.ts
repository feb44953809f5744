import { createJsBackend, full, observe, Random, scope, sum, tensor, valueAndGrad } from '@graft/tensor';
import { expect, test } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  Flatten,
  formatSummary,
  GlobalAvgPool,
  GRU,
  Linear,
  MaxPool2d,
  MultiheadAttention,
  ReLU,
  Residual,
  Sequential,
  summary,
  TransformerEncoder,
} from './index.ts';

const cnn = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 3, out: 8, kernel: 3, padding: 1, bias: false }),
    new BatchNorm2d({ features: 8 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Residual(new Sequential(new Conv2d({ in: 8, out: 8, kernel: 3, padding: 1 }), new ReLU())),
    new GlobalAvgPool(),
    new Flatten(),
    new Dropout(),
    new Linear({ in: 8, out: 5 }),
  ).initialize(1);

test('a row for each module, its own counts, and their totals', () => {
  const { rows, total } = summary(
    cnn().freeze((path) => path.startsWith('0.')),
    [[2, 3, 8, 8]],
  );
  const at = (path: string) => rows.find((row) => row.path === path)!;
  expect(rows.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
    ' Sequential',
    '0 Conv2d',
    '1 BatchNorm2d',
    '2 ReLU',
    '3 MaxPool2d',
    '4 Residual',
    '4.branch Sequential',
    '4.branch.0 Conv2d',
    '4.branch.1 ReLU',
    '5 GlobalAvgPool',
    '6 Flatten',
    '7 Dropout',
    '8 Linear',
  ]);
  expect(at('0')).toMatchObject({
    outputShape: [2, 8, 8, 8],
    parameters: 216,
    trainable: 0,
    buffers: 0,
    multiplyAdds: 2 * 8 * 64 * 27,
  });
  expect(at('1')).toMatchObject({ parameters: 16, trainable: 16, buffers: 16, multiplyAdds: 0 });
  expect(at('4.branch.0')).toMatchObject({ outputShape: [2, 8, 4, 4], parameters: 584, multiplyAdds: 2 * 8 * 16 * 72 });
  expect(at('8')).toMatchObject({ outputShape: [2, 5], parameters: 45, multiplyAdds: 2 * 5 * 8 });
  expect(total).toMatchObject({ parameters: 861, trainable: 645, buffers: 16, multiplyAdds: 46_160 });
});
test('multiply-adds of transposed convolutions, recurrent layers and attention', () => {
  const of = (...args: Parameters<typeof summary>): number => summary(...args).total.multiplyAdds;
  expect(of(new ConvTranspose2d({ in: 4, out: 6, kernel: 3, stride: 2, groups: 2 }), [[2, 4, 5, 5]])).toBe(
    2 * 4 * 25 * 3 * 9,
  );
  expect(of(new GRU({ in: 3, hidden: 5 }), [[2, 4, 3]])).toBe(4 * (2 * 15 * 3 + 2 * 10 * 5 + 2 * 5 * 5) - 3 * 5 * 5); // the first state is one row for the whole batch
  const attention = new MultiheadAttention({ features: 4, heads: 2 });
  expect(
    of(
      attention,
      [
        [1, 3, 4],
        [1, 5, 4],
      ],
      ([query, key], run) => attention.attend(query!, key!, key!, {}, run),
    ),
  ).toBe(3 * 4 * 4 + 2 * 5 * 4 * 4 + 2 * (2 * 3 * 5 * 2) + 3 * 4 * 4);
});
test.each([
  ['a convolutional network', cnn, [2, 3, 8, 8]],
  ['one with a frozen start', () => cnn().freeze((path) => path < '4'), [2, 3, 8, 8]],
  ['one that is frozen', () => cnn().freeze(), [2, 3, 8, 8]],
  [
    'a transformer',
    () =>
      new TransformerEncoder({
        features: 8,
        heads: 2,
        feedforward: 16,
        numLayers: 2,
        normFirst: true,
        activation: 'gelu',
      }),
    [2, 5, 8],
  ],
  [
    'a recurrent network',
    () => new GRU({ in: 3, hidden: 4, numLayers: 2, bidirectional: true, dropout: 0.2 }),
    [2, 4, 3],
  ],
] as const)('what training holds of %s is what the tape holds', async (_, make, shape) => {
  const backend = createJsBackend();
  const model = await make().to(backend);
  const x = full(shape, 0.5, { backend });
  const before = backend.memory!().bytes;
  let [forward, held] = [true, 0];
  scope(() =>
    observe(
      () =>
        valueAndGrad(
          () => {
            const loss = sum(model.forward(x, { training: true, random: new Random(1), update: () => undefined }));
            forward = false;
            return loss;
          },
          [...model.parameters()].flatMap(([, parameter]) => (parameter.trainable ? [parameter] : [])),
        ),
      () => {
        // The first op of the backward pass makes nothing: there are the loss and its gradient, which is 1, beside what is held.
        if (!forward) held ||= backend.memory!().bytes - before - 8;
      },
    ),
  );
  // Numbers written in the forward pass are held, too: a few bytes each.
  const { activationBytes } = summary(model, [shape]).total;
  expect(held - activationBytes).toBeGreaterThanOrEqual(0);
  expect(held - activationBytes).toBeLessThan(200);
});
test('a parameter that two modules share counts once, and so does a module at two places', () => {
  const twice = new Linear({ in: 4, out: 4 });
  const { rows, total } = summary(new Sequential(twice, new ReLU(), twice), [[3, 4]]);
  expect(rows.map(({ path }) => path)).toEqual(['', '0', '1']);
  expect(total).toMatchObject({ parameters: 20, multiplyAdds: 2 * 3 * 16 });
});
test('as a table', () => {
  const model = new Sequential(new Linear({ in: 4, out: 6 }), new ReLU(), new Linear({ in: 6, out: 2 })).freeze(
    (path) => path === '0.weight',
  );
  expect(formatSummary(summary(model, [[1000, 4]])))
    .toBe(`layer    kind        output     parameters  frozen  multiply-adds  held in training
${'─'.repeat(83)}
(model)  Sequential  [1000, 2]
0        Linear      [1000, 6]          30  partly         24,000
1        ReLU        [1000, 6]                                             23.4 KiB
2        Linear      [1000, 2]          14                 12,000
${'─'.repeat(83)}
total                                   44  partly         36,000          23.4 KiB
20 of 44 parameters are trainable, 24 are frozen.`);
});
test('an invalid input is rejected by the layer it is invalid for, and the model is unchanged', () => {
  const model = cnn();
  expect(() => summary(model, [[1, 4, 8, 8]])).toThrow(
    'Conv2d "0" expects [batch, 3, height, width], got [1, 4, 8, 8].',
  );
  const norm = model.layers[1] as BatchNorm2d;
  summary(model, [tensor(new Float32Array(192), { shape: [1, 3, 8, 8] })]);
  expect(norm.running_mean!.value.numbers()).toEqual(new Array(8).fill(0));
});
