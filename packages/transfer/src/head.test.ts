import { createApp } from '@graft/plugin';
import { BatchNorm1d, Dropout, Flatten, GELU, GraphModule, type GraphNode, Linear, Unflatten } from '@graft/layers';
import { globalAvgPool, mul, ones, Parameter, relu, scope, tensor, zeros } from '@graft/tensor';
import { expect, test } from 'vitest';
import {
  concatPoolHead,
  head,
  linearHead,
  mlpHead,
  sequentialHead,
  startAtPriors,
  TransferModel,
  transferPlugin,
} from './index.ts';

const linearIn = (module: ReturnType<typeof linearHead>): Linear => module.layers.at(-1) as Linear;
const biasOf = (module: ReturnType<typeof linearHead>): number[] => linearIn(module).bias!.value.numbers();

test.each([
  [[1, 12], [3, 12], 1],
  [[1, 12, 5, 5], [3, 12, 2, 4], 3],
] as const)('linearHead accepts features of %j', (features, shape, layers) => {
  const made = linearHead({ features, classes: 4 });
  expect(made.layers).toHaveLength(layers);
  expect(scope(() => made.forward(ones(shape)).shape)).toEqual([3, 4]);
});
test('optional dropout comes right before the linear layer', () =>
  expect(linearHead({ features: [1, 3], classes: 2, dropout: 0.3 }).layers[0]).toBeInstanceOf(Dropout));
test('rejects features of other shapes', () =>
  expect(() => linearHead({ features: [1, 7, 4, 4, 4], classes: 2 })).toThrow(
    'A head expects features of [batch, features], [batch, channels, height, width] or [batch, tokens, width], got [1, 7, 4, 4, 4]. Cut the backbone at another value.',
  ));

test('the bias starts at the log of the class frequencies, and initialize keeps it', () => {
  const shares = [7, 2, 1].map((count) => Math.fround(Math.log(count / 10))); // each count is increased by one
  const made = linearHead({ features: [1, 5], classes: 3, classCounts: [6, 1, 0] });
  expect(biasOf(made)).toEqual(shares);
  const before = linearIn(made).weight.value.numbers();
  made.initialize(9);
  expect(biasOf(made)).toEqual(shares);
  expect(linearIn(made).weight.value.numbers()).not.toEqual(before);
  expect(biasOf(made.clone().initialize(3))).toEqual(shares);
  expect([...made.parameters()].map(([path]) => path)).toEqual(['0.weight', '0.bias']);
});
test('rejects class counts that do not match the classes', () => {
  expect(() => linearHead({ features: [1, 5], classes: 3, classCounts: [1, 2] })).toThrow(
    'The head has 3 classes, but 2 class counts were given. Give one for each class.',
  );
  expect(() => startAtPriors(linearIn(linearHead({ features: [1, 5], classes: 2 })), [1])).toThrow(
    'The head has 2 classes, but 1 class counts were given.',
  );
});

test('a cut graph with a head returns one logit per image and class, and names parameters backbone.… and head.…', () => {
  const node = (type: string, inputs: string[], output: string, run: GraphNode['run']): GraphNode => ({
    name: type,
    type,
    inputs,
    outputs: [output],
    run,
  });
  const graph = new GraphModule({
    inputs: ['x'],
    outputs: ['scores'],
    constants: new Map(),
    weights: new Map([['scale', new Parameter(tensor([2]))]]),
    nodes: [
      node('Mul', ['x', 'scale'], 'scaled', ([x, scale]) => mul(x!, scale!)),
      node('Relu', ['scaled'], 'map', ([x]) => relu(x!)),
      node('Pool', ['map'], 'scores', ([x]) => globalAvgPool(x!)),
    ],
  });
  const backbone = graph.cut('map');
  const model = new TransferModel(
    backbone,
    linearHead({ features: scope(() => backbone.forward(zeros([1, 3, 8, 8]))).shape, classes: 5 }),
  );
  expect(scope(() => model.forward(ones([2, 3, 6, 6])).shape)).toEqual([2, 5]);
  expect([...model.parameters()].map(([path]) => path)).toEqual(['backbone.scale', 'head.2.weight', 'head.2.bias']);
});
test.each([
  [
    'concatPool',
    concatPoolHead,
    ['PoolFeatures', 'Flatten', 'BatchNorm1d', 'Dropout', 'Linear', 'ReLU', 'BatchNorm1d', 'Dropout', 'Linear'],
    24,
  ],
  ['mlp', mlpHead, ['PoolFeatures', 'Flatten', 'Linear', 'ReLU', 'Dropout', 'Linear'], 12],
] as const)(
  '%s has the documented layers, for maps and vectors, and a bias of class frequencies',
  (_, make, kinds, inputs) => {
    const options = { classes: 3, classCounts: [6, 1, 0], dropout: 0.5 };
    const made = make({ features: [1, 12, 5, 5], ...options }).initialize(2);
    expect(made.layers.map((layer) => layer.constructor.name)).toEqual(kinds);
    expect((made.layers.find((layer) => layer instanceof Linear) as Linear).weight.value.shape[1]).toBe(inputs);
    expect(biasOf(made)).toEqual([7, 2, 1].map((count) => Math.fround(Math.log(count / 10))));
    expect(scope(() => made.forward(ones([2, 12, 4, 3])).shape)).toEqual([2, 3]);
    expect(scope(() => make({ features: [1, 12], ...options }).forward(ones([2, 12])).shape)).toEqual([2, 3]);
    expect(() => make({ features: [1, 7, 64, 2, 2], ...options })).toThrow('A head expects features of');
  },
);
test('sequentialHead creates each layer for the number of features it receives', () => {
  const seen: number[] = [];
  const layers = [
    (width: number) => (seen.push(width), new Linear({ in: width, out: 7 })),
    new GELU(),
    (width: number) => (seen.push(width), new BatchNorm1d({ features: width })),
  ];
  const made = sequentialHead({
    features: [1, 12, 5, 5],
    classes: 3,
    classCounts: [6, 1, 0],
    dropout: 0.5,
    layers,
  }).initialize(2);
  expect(made.layers.map((layer) => layer.constructor.name)).toEqual([
    'PoolFeatures',
    'Flatten',
    'Linear',
    'GELU',
    'BatchNorm1d',
    'Dropout',
    'Linear',
  ]);
  expect(seen).toEqual([12, 7]);
  expect(biasOf(made)).toEqual([7, 2, 1].map((count) => Math.fround(Math.log(count / 10))));
  expect(scope(() => made.forward(ones([2, 12, 4, 3])).shape)).toEqual([2, 3]);
  expect(sequentialHead({ features: [1, 12], classes: 3 }).layers).toHaveLength(1);
});
test('sequentialHead rejects invalid layers', () => {
  const make =
    (...layers: unknown[]) =>
    () =>
      sequentialHead({ features: [1, 12], classes: 2, layers: layers as never });
  expect(make({ name: 'relu' })).toThrow(
    'Layer 0 of a sequential head is not a module: {"name":"relu"}. In a configuration, use the name of a registered layer.',
  );
  expect(make(new Flatten(), new Unflatten({ axis: 1, sizes: [3, 4] }))).toThrow(
    'Layer 1 of a sequential head returns [2, 3, 4] for an input of [2, 12], but must return vectors [batch, features].',
  );
  expect(() => sequentialHead({ features: [1, 12], classes: 2, layers: 'relu' as never })).toThrow(
    'A sequential head expects "layers" to be a list, got "relu".',
  );
});
test('heads are available by name in an app', async () => {
  const app = await createApp([transferPlugin]);
  for (const name of ['linear', 'concatPool', 'mlp', 'sequential'])
    expect(
      scope(
        () =>
          app
            .get(head, name)
            .create({ features: [1, 4], classes: 2 })
            .forward(ones([3, 4])).shape,
      ),
    ).toEqual([3, 2]);
});
