import { Random } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectClose, expectSameAsOnnxruntime, runImported, runInOnnxruntime } from '../../test/onnxruntime.ts';
import { textsIn } from '../collections.ts';
import { importOnnx } from '../import-onnx.ts';
import { type AttributeValue, float } from '../proto/write.ts';
import { buildModel, floats } from '../suite/build-model.ts';

const features = 3;
const modes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'];
const round = (x: number): number => Math.round(x * 8) / 8; // sums are exact, and rows meet thresholds
const inputOf = (seed: number): ReturnType<typeof floats> => {
  const random = new Random(seed);
  return floats([24, features], () => (random.next() < 0.1 ? Number.NaN : round(random.range(-2, 2))));
};

/** Random full trees of depth 3, whose leaves add to random targets. */
function forest(
  kind: 'class' | 'target',
  { ids, least = -1, seed }: { ids: readonly number[]; least?: number; seed: number },
): Record<string, AttributeValue> {
  const random = new Random(seed);
  const nodes: number[][] = [];
  const names: string[] = [];
  const leaves: number[][] = [];
  const oneOf = (): string => modes[Math.floor(random.range(0, modes.length))]!;
  const mode = oneOf(); // onnxruntime has a fast path for a single mode
  for (let tree = 0; tree < 5; tree++)
    for (let i = 0; i < 15; i++) {
      const isLeaf = i >= 7;
      nodes.push([
        tree,
        i,
        Math.floor(random.range(0, features)),
        isLeaf ? 0 : round(random.range(-2, 2)),
        isLeaf ? 0 : 2 * i + 1,
        isLeaf ? 0 : 2 * i + 2,
        Number(!isLeaf && random.next() < 0.5),
      ]);
      names.push(isLeaf ? 'LEAF' : tree % 2 ? mode : oneOf());
      if (isLeaf) for (const id of ids) leaves.push([tree, i, id, round(random.range(least, 1))]);
    }
  const column = (rows: number[][], i: number): number[] => rows.map((row) => row[i]!);
  return {
    nodes_treeids: column(nodes, 0),
    nodes_nodeids: column(nodes, 1),
    nodes_featureids: column(nodes, 2),
    nodes_modes: names,
    nodes_values: column(nodes, 3).map(float),
    nodes_truenodeids: column(nodes, 4),
    nodes_falsenodeids: column(nodes, 5),
    nodes_missing_value_tracks_true: column(nodes, 6),
    [`${kind}_treeids`]: column(leaves, 0),
    [`${kind}_nodeids`]: column(leaves, 1),
    [`${kind}_ids`]: column(leaves, 2),
    [`${kind}_weights`]: column(leaves, 3).map(float),
  };
}

const modelOf = (
  opType: string,
  outputs: Record<string, 'float32' | 'int64'>,
  attributes: Record<string, AttributeValue>,
) =>
  buildModel({
    domains: { 'ai.onnx.ml': 3 },
    inputs: { x: { shape: ['N', features] } },
    outputs,
    nodes: [[`ai.onnx.ml.${opType}`, ['x'], Object.keys(outputs), attributes]],
  });

describe('TreeEnsembleRegressor = onnxruntime', () => {
  test.each([
    ...['SUM', 'AVERAGE', 'MIN', 'MAX'].map((aggregate) => [aggregate, 'NONE', 3, false] as const),
    ...['LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'].map((post) => ['SUM', post, 3, true] as const),
    ['SUM', 'NONE', 1, true],
    ['AVERAGE', 'NONE', 1, false],
  ] as const)('%s, %s, %i targets, base values: %s', async (aggregate, post, targets, hasBase) => {
    for (const seed of [1, 2, 3])
      await expectSameAsOnnxruntime(
        modelOf(
          'TreeEnsembleRegressor',
          { y: 'float32' },
          {
            ...forest('target', { ids: [...Array(targets).keys()], seed }),
            n_targets: targets,
            aggregate_function: aggregate,
            post_transform: post,
            ...(hasBase && { base_values: [0.25, -0.5, 1].slice(0, targets).map(float) }),
          },
        ),
        { x: inputOf(seed) },
      );
  });
});

describe('TreeEnsembleClassifier = onnxruntime', () => {
  test.each<[string, number[], number[], Record<string, AttributeValue>, number?]>([
    ['3 classes', [3, 5, 9], [0, 1, 2], {}],
    [
      '3 classes, softmax, base values',
      [3, 5, 9],
      [0, 1, 2],
      { post_transform: 'SOFTMAX', base_values: [1, 0.5, -1].map(float) },
    ],
    ['3 classes, logistic', [0, 1, 2], [0, 1, 2], { post_transform: 'LOGISTIC' }],
    ['2 classes by the share of the second', [7, 9], [0], {}, 0],
    ['2 classes by a margin', [7, 9], [0], {}],
    [
      '2 classes by a margin, logistic, a base value',
      [7, 9],
      [0],
      { post_transform: 'LOGISTIC', base_values: [float(0.25)] },
    ],
  ])('%s', async (_, labels, ids, attributes, least = -1) => {
    for (const seed of [4, 5, 6]) {
      const model = modelOf(
        'TreeEnsembleClassifier',
        { label: 'int64', scores: 'float32' },
        {
          ...forest('class', { ids, least, seed }),
          classlabels_int64s: labels,
          ...attributes,
        },
      );
      await expectSameAsOnnxruntime(model, { x: inputOf(seed) });
    }
  });
  test('2 classes with a score each: scores as in onnxruntime, and the label of the larger score', async () => {
    const model = modelOf(
      'TreeEnsembleClassifier',
      { label: 'int64', scores: 'float32' },
      {
        ...forest('class', { ids: [0, 1], least: 0, seed: 8 }),
        classlabels_int64s: [7, 9],
      },
    );
    const x = inputOf(8);
    const got = runImported(importOnnx(model), { x });
    const scores = got.get('scores')!.numbers();
    expectClose(scores, (await runInOnnxruntime(model, { x }))['scores']!.data, 1e-6);
    expect(got.get('label')!.numbers()).toEqual(
      Array.from({ length: 24 }, (_, i) => (scores[2 * i + 1]! > scores[2 * i]! ? 9 : 7)),
    );
  });
  test('labels may be texts', () => {
    const attributes = { ...forest('class', { ids: [0, 1, 2], seed: 9 }), classlabels_strings: ['a', 'b', 'c'] };
    const got = runImported(
      importOnnx(modelOf('TreeEnsembleClassifier', { label: 'int64', scores: 'float32' }, attributes)),
      {
        x: inputOf(9),
      },
    );
    const scores = got.get('scores')!.numbers();
    expect(textsIn(got.get('label')!)).toEqual(
      Array.from({ length: 24 }, (_, i) => {
        const row = scores.slice(3 * i, 3 * i + 3);
        return ['a', 'b', 'c'][row.indexOf(Math.max(...row))];
      }),
    );
  });
});

describe('trees of strangers are rejected', () => {
  const trees = forest('target', { ids: [0], seed: 10 });
  test.each<[string, Record<string, AttributeValue>, RegExp]>([
    [
      'a circle',
      { nodes_truenodeids: Array<number>(75).fill(0), nodes_falsenodeids: Array<number>(75).fill(0) },
      /starts with the node 0, which is not its root/,
    ],
    [
      'leaves before the root',
      Object.fromEntries(Object.entries(trees).map(([name, list]) => [name, (list as number[]).toReversed()])),
      /tree 4 starts with the node 14, which is not its root/,
    ],
    ['a node that is not there', { nodes_truenodeids: Array<number>(75).fill(99) }, /has no node 99/],
    ['a feature that is not there', { nodes_featureids: Array<number>(75).fill(3) }, /feature 3 must be from 0 to 2/],
    ['lists of different lengths', { nodes_falsenodeids: [1] }, /nodes_falsenodeids has 1 values/],
    ['a target that is not there', { target_ids: Array<number>(40).fill(1) }, /target_ids 1 must be from 0 to 0/],
    ['too many targets', { n_targets: 2 ** 40 }, /more than/],
    ['a transform that is read in two ways', { post_transform: 'LOGISTIC' }, /ignored by onnxruntime/],
  ])('%s', (_, changed, message) => {
    const model = importOnnx(modelOf('TreeEnsembleRegressor', { y: 'float32' }, { ...trees, ...changed }));
    expect(() => runImported(model, { x: floats([4, 3], (i) => i / 7) })).toThrow(message);
  });
});
