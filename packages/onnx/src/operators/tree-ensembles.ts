import { type DType, integers, type Tensor, tensor, toArray, toNumbers } from '@graft/tensor';
import { textsOf } from '../collections.ts';
import { checkListed, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

type Attributes = OperatorNode['attributes'];

const domain = 'ai.onnx.ml';

/** Comparisons by their number in version 5; earlier versions have the names. */
const comparisons: readonly ((x: number, split: number, members: ReadonlySet<number> | undefined) => boolean)[] = [
  (x, split) => x <= split,
  (x, split) => x < split,
  (x, split) => x >= split,
  (x, split) => x > split,
  (x, split) => x === split,
  (x, split) => x !== split,
  (x, _, members) => members!.has(x),
];
const comparisonNames = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'];
const aggregations = ['AVERAGE', 'SUM', 'MIN', 'MAX'];
const transforms = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'];

/** A node that asks for a feature, or a leaf that adds weights to targets. */
type TreeNode =
  | {
      readonly feature: number;
      readonly compare: (x: number) => boolean;
      /** The way of a missing feature that the comparison rejects. */
      readonly missing: boolean;
      readonly yes: number;
      readonly no: number;
    }
  | { readonly weights: readonly (readonly [target: number, weight: number])[] };

interface Trees {
  readonly nodes: readonly TreeNode[];
  readonly roots: readonly number[];
}

/** A place in a list of the file. @throws if there is no such place */
function placeIn(place: number, count: number, what: string): number {
  if (!Number.isInteger(place) || place < 0 || place >= count)
    throw new Error(`its ${what} ${place} must be from 0 to ${count - 1}.`);
  return place;
}

/** @throws if lists that describe the same nodes differ in length */
function sameLength(lists: Readonly<Record<string, readonly unknown[]>>): void {
  const [[first, { length }] = ['', []], ...others] = Object.entries(lists);
  for (const [name, list] of others)
    if (list.length !== length)
      throw new Error(`its ${name} has ${list.length} values, but its ${first} has ${length}.`);
}

/** The leaf that a row reaches. @throws if the tree runs in circles */
function leafOf({ nodes }: Trees, root: number, row: readonly number[]): readonly (readonly [number, number])[] {
  let node = nodes[root]!;
  for (let steps = 0; !('weights' in node); steps++) {
    if (steps > nodes.length) throw new Error(`its tree with the root ${root} runs in circles.`);
    const x = row[placeIn(node.feature, row.length, 'feature')]!;
    node = nodes[node.compare(x) || (node.missing && Number.isNaN(x)) ? node.yes : node.no]!;
  }
  return node.weights;
}

/** Sums, averages or extremes of all trees' weights: [rows, targets]. A target that no tree adds to is 0. */
function aggregated(x: Tensor, trees: Trees, targets: number, aggregation: string): number[][] {
  if (x.rank !== 2) throw new Error(`it expects [rows, features], got [${x.shape}].`);
  const [rows, features] = x.shape as [number, number];
  checkListed([rows, Math.max(targets, trees.roots.length)]);
  if (!aggregations.includes(aggregation))
    throw new Error(`its aggregate_function "${aggregation}" must be one of ${aggregations.join(', ')}.`);
  const numbers = numbersOf(x, 'input');
  return Array.from({ length: rows }, (_, n) => {
    const row = numbers.slice(n * features, (n + 1) * features);
    const totals = Array<number | undefined>(targets).fill(undefined);
    for (const root of trees.roots)
      for (const [target, weight] of leafOf(trees, root, row)) {
        const total = totals[target];
        totals[target] =
          total === undefined
            ? weight
            : aggregation === 'MIN'
              ? Math.min(total, weight)
              : aggregation === 'MAX'
                ? Math.max(total, weight)
                : total + weight;
      }
    return totals.map((total = 0) => (aggregation === 'AVERAGE' ? total / trees.roots.length : total));
  });
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The inverse of the normal distribution, with the approximation of onnxruntime and ONNX's reference (Winitzki 2008). */
function probit(share: number): number {
  const x = 2 * share - 1;
  const log = Math.log((1 - x) * (1 + x));
  const v = 2 / (Math.PI * 0.147) + 0.5 * log;
  return Math.SQRT2 * Math.sign(x) * Math.sqrt(Math.sqrt(v * v - log / 0.147) - v);
}

function softmax(scores: readonly number[], keepsZeros: boolean): number[] {
  const greatest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = scores.map((score) =>
    keepsZeros && Math.abs(score) <= 1e-7 ? score * Math.exp(-greatest) : Math.exp(score - greatest),
  );
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => (sum ? power / sum : 0.5));
}

function transformed(scores: readonly number[], transform: string): readonly number[] {
  switch (transform) {
    case 'NONE':
      return scores;
    case 'LOGISTIC':
      return scores.map(logistic);
    case 'PROBIT':
      return scores.map(probit);
    case 'SOFTMAX':
    case 'SOFTMAX_ZERO':
      return softmax(scores, transform === 'SOFTMAX_ZERO');
    default:
      throw new Error(`its post_transform "${transform}" must be one of ${transforms.join(', ')}.`);
  }
}

/** Numbers of an attribute, or of the tensor that replaces it from version 3 on. */
function numbersIn(attributes: Attributes, name: string): readonly number[] {
  if (!attributes.has(`${name}_as_tensor`)) return attributes.floats(name, []);
  const { data, dtype } = attributes.tensor(`${name}_as_tensor`);
  return toNumbers(data, dtype);
}

/** Trees of versions 1 and 3: nodes by tree and number, and weights of leaves by the same. @param kind `class` or `target` */
function treesByNumber(attributes: Attributes, kind: 'class' | 'target', targets: number): Trees {
  const ints = (name: string): number[] => attributes.ints(name, []);
  const [trees, numbers, features, modes] = [
    ints('nodes_treeids'),
    ints('nodes_nodeids'),
    ints('nodes_featureids'),
    attributes.strings('nodes_modes', []),
  ];
  const [splits, yes, no] = [
    numbersIn(attributes, 'nodes_values'),
    ints('nodes_truenodeids'),
    ints('nodes_falsenodeids'),
  ];
  const missing = attributes.ints('nodes_missing_value_tracks_true', undefined) ?? trees.map(() => 0);
  sameLength({
    nodes_treeids: trees,
    nodes_nodeids: numbers,
    nodes_featureids: features,
    nodes_modes: modes,
    nodes_values: splits,
    nodes_truenodeids: yes,
    nodes_falsenodeids: no,
    nodes_missing_value_tracks_true: missing.length ? missing : trees,
  });
  const keyOf = (tree: number, number: number): string => `${tree} ${number}`;
  const places = new Map(trees.map((tree, i) => [keyOf(tree, numbers[i]!), i] as const));
  const placeOf = (tree: number, number: number): number => {
    const place = places.get(keyOf(tree, number));
    if (place === undefined) throw new Error(`its tree ${tree} has no node ${number}.`);
    return place;
  };
  const [leafTrees, leafNumbers, ids, weights] = [
    ints(`${kind}_treeids`),
    ints(`${kind}_nodeids`),
    ints(`${kind}_ids`),
    numbersIn(attributes, `${kind}_weights`),
  ];
  sameLength({
    [`${kind}_treeids`]: leafTrees,
    [`${kind}_nodeids`]: leafNumbers,
    [`${kind}_ids`]: ids,
    [`${kind}_weights`]: weights,
  });
  const leaves = new Map<number, [number, number][]>();
  ids.forEach((id, i) => {
    const place = placeOf(leafTrees[i]!, leafNumbers[i]!);
    const own = leaves.get(place) ?? [];
    own.push([placeIn(id, targets, `${kind}_ids`), weights[i]!]);
    leaves.set(place, own);
  });
  const nodes = trees.map((tree, i): TreeNode => {
    const mode = modes[i]!;
    if (mode === 'LEAF') return { weights: leaves.get(i) ?? [] };
    const compare = comparisons[comparisonNames.indexOf(mode)];
    if (!compare) throw new Error(`its node mode "${mode}" must be LEAF or one of ${comparisonNames.join(', ')}.`);
    return {
      feature: features[i]!,
      compare: (x) => compare(x, splits[i]!, undefined),
      missing: missing[i] === 1,
      yes: placeOf(tree, yes[i]!),
      no: placeOf(tree, no[i]!),
    };
  });
  // onnxruntime starts at the first node of each tree, which must be the root.
  const roots = [...new Map(trees.map((tree, i) => [tree, i] as const).toReversed()).values()].toSorted(
    (a, b) => a - b,
  );
  const isChild = new Set(nodes.flatMap((node) => ('weights' in node ? [] : [node.yes, node.no])));
  for (const root of roots)
    if (isChild.has(root))
      throw new Error(`its tree ${trees[root]} starts with the node ${numbers[root]}, which is not its root.`);
  return { nodes, roots };
}

/** Trees of version 5: inner nodes and leaves in separate lists. */
function treesByPlace(attributes: Attributes, targets: number): Trees {
  const tensorOf = (name: string): readonly number[] => {
    if (!attributes.has(name)) return [];
    const { data, dtype } = attributes.tensor(name);
    return toNumbers(data, dtype);
  };
  const [features, modes, splits] = [
    attributes.ints('nodes_featureids'),
    tensorOf('nodes_modes'),
    tensorOf('nodes_splits'),
  ];
  const [yes, no, yesIsLeaf, noIsLeaf] = [
    attributes.ints('nodes_truenodeids'),
    attributes.ints('nodes_falsenodeids'),
    attributes.ints('nodes_trueleafs'),
    attributes.ints('nodes_falseleafs'),
  ];
  const missing = attributes.ints('nodes_missing_value_tracks_true', undefined) ?? features.map(() => 0);
  sameLength({
    nodes_featureids: features,
    nodes_modes: modes,
    nodes_splits: splits,
    nodes_truenodeids: yes,
    nodes_falsenodeids: no,
    nodes_trueleafs: yesIsLeaf,
    nodes_falseleafs: noIsLeaf,
    nodes_missing_value_tracks_true: missing.length ? missing : features,
  });
  const [ids, weights] = [attributes.ints('leaf_targetids'), tensorOf('leaf_weights')];
  sameLength({ leaf_targetids: ids, leaf_weights: weights });
  const count = features.length;
  const next = (place: number, isLeaf: number): number =>
    isLeaf === 1 ? count + placeIn(place, ids.length, 'leaf of a node') : placeIn(place, count, 'node after another');
  // One set of members after another, each ended by NaN.
  const sets: Set<number>[] = [new Set()];
  for (const member of tensorOf('membership_values'))
    if (Number.isNaN(member)) sets.push(new Set());
    else sets.at(-1)!.add(member);
  let used = 0;
  const nodes = features.map((feature, i): TreeNode => {
    const mode = modes[i]!;
    const compare = comparisons[mode];
    if (!compare) throw new Error(`its node mode ${mode} must be from 0 to ${comparisons.length - 1}.`);
    const members = mode === comparisonNames.length ? sets[used++] : undefined;
    if (mode === comparisonNames.length && used > sets.length - 1)
      throw new Error('its membership_values have fewer sets than nodes that test for membership.');
    return {
      feature,
      compare: (x) => compare(x, splits[i]!, members),
      missing: missing[i] === 1,
      yes: next(yes[i]!, yesIsLeaf[i]!),
      no: next(no[i]!, noIsLeaf[i]!),
    };
  });
  const leaves = ids.map((id, i): TreeNode => ({ weights: [[placeIn(id, targets, 'leaf_targetids'), weights[i]!]] }));
  return {
    nodes: [...nodes, ...leaves],
    roots: attributes.ints('tree_roots').map((root) => placeIn(root, count, 'root')),
  };
}

const matrix = (rows: readonly (readonly number[])[], columns: number, dtype: DType): Tensor =>
  tensor(toArray(rows.flat(), dtype), { shape: [rows.length, columns], dtype });

interface Scoring {
  readonly aggregation: string;
  readonly transform: string;
  readonly base: readonly number[];
  readonly dtype: DType;
}

/** Scores of each row: [rows, targets]. */
function regressed(x: Tensor, trees: Trees, targets: number, scoring: Scoring): Tensor {
  const { aggregation, transform, base, dtype } = scoring;
  if (base.length && base.length !== targets)
    throw new Error(`its base_values must be ${targets} numbers, got ${base.length}.`);
  if (targets === 1 && transform !== 'NONE' && transform !== 'PROBIT')
    throw new Error(
      `its post_transform ${transform} of a single target is ignored by onnxruntime; export the model with NONE.`,
    );
  const scores = aggregated(x, trees, targets, aggregation).map((row) =>
    transformed(
      row.map((score, i) => score + (base[i] ?? 0)),
      transform,
    ),
  );
  return matrix(scores, targets, dtype);
}

function regressor(x: Tensor, { attributes }: OperatorNode): Tensor {
  const targets = countOf(attributes);
  return regressed(x, treesByNumber(attributes, 'target', targets), targets, {
    aggregation: attributes.string('aggregate_function', 'SUM'),
    transform: attributes.string('post_transform', 'NONE'),
    base: numbersIn(attributes, 'base_values'),
    dtype: 'float32',
  });
}

/** Version 5 gives scores in the dtype of the input. */
function ensemble(x: Tensor, { attributes }: OperatorNode): Tensor {
  const targets = countOf(attributes);
  const nameIn = (names: readonly string[], attribute: string, fallback: number): string =>
    names[placeIn(attributes.int(attribute, fallback), names.length, attribute)]!;
  return regressed(x, treesByPlace(attributes, targets), targets, {
    aggregation: nameIn(aggregations, 'aggregate_function', 1),
    transform: nameIn(transforms, 'post_transform', 0),
    base: [],
    dtype: x.dtype,
  });
}

function countOf(attributes: Attributes): number {
  const targets = attributes.int('n_targets', 1);
  if (targets < 1) throw new Error(`its n_targets ${targets} must be positive.`);
  checkListed([targets]);
  return targets;
}

/** The class with the largest score of each row, and all scores. Trees of two classes may score the second one alone. */
function classified(x: Tensor, { attributes }: OperatorNode): Tensor[] {
  const names = attributes.strings('classlabels_strings', undefined);
  const labels: readonly (string | number)[] = names ?? attributes.ints('classlabels_int64s', []);
  if (labels.length < 2) throw new Error(`it needs at least 2 class labels, got ${labels.length}.`);
  const trees = treesByNumber(attributes, 'class', labels.length);
  const transform = attributes.string('post_transform', 'NONE');
  const base = numbersIn(attributes, 'base_values');
  const weights = numbersIn(attributes, 'class_weights');
  const ids = new Set(attributes.ints('class_ids', []));
  const isSingle = labels.length === 2 && ids.size === 1;
  const totals = aggregated(x, trees, labels.length, 'SUM');
  if (base.length && base.length !== (isSingle ? 1 : labels.length))
    throw new Error(`its base_values must be ${isSingle ? 1 : labels.length} numbers, got ${base.length}.`);
  if (isSingle && (!ids.has(0) || !['NONE', 'LOGISTIC'].includes(transform)))
    throw new Error(
      `scores of a single class need class_ids of 0 and the post_transform NONE or LOGISTIC, got ${[...ids]} and ${transform}.`,
    );
  // As in onnxruntime: weights that are all positive are probabilities, and others are margins.
  const isShare = transform === 'NONE' && weights.every((weight) => weight >= 0);
  const scores = totals.map((row) => {
    const all = row.map((score, i) => score + (base[i] ?? 0));
    const [single = 0] = all;
    return transformed(isSingle ? [isShare ? 1 - single : -single, single] : all, transform);
  });
  const best = scores.map((row) => row.reduce((at, score, i) => (score > row[at]! ? i : at), 0));
  return [
    names
      ? textsOf(
          best.map((i) => names[i]!),
          [best.length],
        )
      : integers(
          best.map((i) => Number(labels[i])),
          [best.length],
        ),
    matrix(scores, labels.length, 'float32'),
  ];
}

/** Decision trees, random forests and boosted trees, as what follows a network. They have no gradient. */
export const treeEnsembleOperators: readonly OnnxOperator[] = [
  operator('TreeEnsembleRegressor', 1, ([x], node) => regressor(x!, node), { domain }),
  operator('TreeEnsembleClassifier', 1, ([x], node) => classified(x!, node), { domain }),
  operator('TreeEnsemble', 5, ([x], node) => ensemble(x!, node), { domain }),
];
