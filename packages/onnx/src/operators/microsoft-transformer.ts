import {
  add,
  cast,
  concat,
  equal,
  full,
  gather,
  integers,
  matmul,
  mul,
  narrow,
  scaledDotProductAttention,
  split,
  squeeze,
  stack,
  sum,
  type Tensor,
  tensor,
  unsqueeze,
  where,
} from '@graft/tensor';
import { integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { apart, together } from './attention.ts';
import { together as onOneBackend } from './integer-products.ts';
import { scaledProduct } from './microsoft-quantized.ts';
import { layerNormalized, rmsNormalized } from './normalization.ts';

const domain = 'com.microsoft';
type Inputs = readonly (Tensor | undefined)[];

/** Normalises the sum of a value, its shortcut and a bias. Outputs: result, mean, inverse standard deviation, the sum. */
function skipNormalized(
  sum: Tensor,
  scale: Tensor,
  shift: Tensor | undefined,
  { attributes }: OperatorNode,
  normalize: typeof layerNormalized,
): Tensor[] {
  const { y, mean, inverse } = normalize(sum, -1, attributes.float('epsilon', 1e-12));
  const scaled = mul(y, scale);
  return [shift ? add(scaled, shift) : scaled, mean ?? inverse, inverse, sum];
}

const plus = (x: Tensor, ...others: Inputs): Tensor =>
  others.reduce<Tensor>((sum, one) => (one ? add(sum, one) : sum), x);

/** Sums and normalises embeddings of tokens, positions and segments. Outputs: result, number of unmasked tokens of each row, the sum. */
function embedded(
  [words, segments, wordTable, placeTable, segmentTable, scale, shift, mask, places]: Inputs,
  node: OperatorNode,
): Tensor[] {
  if (!wordTable || !placeTable || !scale)
    throw new Error('it needs tables of word and position embeddings, and a scale.');
  const [batch, length] = words!.shape as [number, number];
  const positions =
    places ??
    integers(
      Array.from({ length }, (_, i) => i),
      [1, length],
    );
  const total = plus(
    gather(wordTable, words!, 0),
    gather(placeTable, positions, 0),
    segments && segmentTable && gather(segmentTable, segments, 0),
  );
  const [result] = skipNormalized(total, scale, shift, node, layerNormalized);
  const counts = mask ? sum(cast(equal(mask, 1), 'int32'), 1) : full([batch], 0, { dtype: 'int32' });
  return [result!, counts, total];
}

interface Attended {
  /** [batch, heads, length, size] */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** Added to the attention scores. */
  readonly bias?: Tensor | undefined;
  /** The attention mask, which broadcasts against [batch, heads, queries, keys]; bool. */
  readonly seen?: Tensor | undefined;
  readonly node: OperatorNode;
}

/** softmax(Q · Kᵀ · scale + bias) · V (Vaswani et al. 2017), as [batch, length, heads · size]. */
function attended({ q, k, v, bias, seen, node: { attributes } }: Attended): Tensor {
  const hidden = seen && where(seen, full([], 0, q), full([], attributes.float('mask_filter_value', -10000), q));
  const [queries, keys] = [q.shape[2]!, k.shape[2]!];
  const scale = attributes.float('scale', 0) || undefined;
  return together(
    scaledDotProductAttention(q, k, v, {
      scale,
      masks: [bias, hidden],
      causal: attributes.int('unidirectional', 0) === 1,
      past: keys - queries,
    }),
  );
}

/** The mask of valid keys: from a mask [batch, keys] or [batch, queries, keys], from ends [batch], or from ends followed by starts [2 · batch]. */
function seenBy(mask: Tensor | undefined, batch: number, keys: number): Tensor | undefined {
  if (!mask) return undefined;
  if (mask.rank === 2 || mask.rank === 3) return unsqueeze(cast(mask, 'bool'), mask.rank === 2 ? [1, 2] : 1);
  const edges = integersOf(mask, 'mask');
  if (mask.rank !== 1 || (edges.length !== batch && edges.length !== 2 * batch))
    throw new Error(`its mask of [${mask.shape}] does not match ${batch} rows of ${keys} keys.`);
  const marks = Array.from({ length: batch * keys }, (_, i) =>
    Number(i % keys < edges[Math.floor(i / keys)]! && i % keys >= (edges[batch + Math.floor(i / keys)] ?? 0)),
  );
  return tensor(marks, { shape: [batch, 1, 1, keys], dtype: 'bool' });
}

/** Attention including the projection to queries, keys and values. Inputs: x, weight, bias, mask, past, bias of the scores. Outputs: result, keys and values. */
const attention = ([x, weight, bias, mask, past, scoreBias, pastLength]: Inputs, node: OperatorNode): Tensor[] =>
  projectedAttention(plus(matmul(x!, weight!), bias), { mask, past, scoreBias, pastLength }, node);

/** The same on integers. Inputs: x, weight, bias, scales of x and weight, mask, zero points of x and weight, past. */
function quantizedAttention(inputs: Inputs, node: OperatorNode): Tensor[] {
  const [x, weight, bias, xScale, weightScale, mask, xZero, weightZero, past] = inputs;
  const [a, w, ...others] = onOneBackend([x!, weight!, xScale!, weightScale!, xZero, weightZero, bias]);
  const [sa, sb, za, zb, added] = others as [Tensor, Tensor, ...Inputs];
  return projectedAttention(scaledProduct(a!, w!, { sa, sb, za, zb, bias: added }), { mask, past }, node);
}

/** Attention of projected queries, keys and values [batch, length, columns]. */
function projectedAttention(
  projected: Tensor,
  {
    mask,
    past,
    scoreBias,
    pastLength,
  }: Readonly<Partial<Record<'mask' | 'past' | 'scoreBias' | 'pastLength', Tensor | undefined>>>,
  node: OperatorNode,
): Tensor[] {
  const { attributes } = node;
  if (pastLength || attributes.int('do_rotary', 0))
    throw new Error('a past in a shared buffer and rotary embeddings are not supported.');
  const heads = attributes.int('num_heads');
  const columns = projected.shape[2]!;
  const sizes = attributes.ints('qkv_hidden_sizes', [columns / 3, columns / 3, columns / 3]);
  const [q, k, v] = split(projected, sizes, 2).map((part) => apart(part, heads)) as [Tensor, Tensor, Tensor];
  const before = (i: number): Tensor | undefined => past && squeeze(narrow(past, 0, i, 1), [0]);
  const [keys, values] = [
    [before(0), k],
    [before(1), v],
  ].map((parts) =>
    concat(
      parts.filter((one) => one !== undefined),
      2,
    ),
  ) as [Tensor, Tensor];
  const result = attended({
    q,
    k: keys,
    v: values,
    bias: scoreBias,
    seen: seenBy(mask, projected.shape[0]!, keys.shape[2]!),
    node,
  });
  return node.outputs[1] ? [result, stack([keys, values])] : [result];
}

/** Attention with given queries, keys and values. Inputs: q, k, v, their concatenated biases, mask, bias of the scores, past keys, past values. */
function multiHeadAttention(
  [query, key, value, bias, mask, scoreBias, pastKey, pastValue, ...rest]: Inputs,
  node: OperatorNode,
): Tensor[] {
  if (!key || !value || query!.rank !== 3 || rest.some(Boolean))
    throw new Error('queries, keys and values in one tensor, and a past in a shared buffer, are not supported.');
  const heads = node.attributes.int('num_heads');
  const [width, depth] = [query!.shape[2]!, value.rank === 3 ? value.shape[2]! : 0];
  const part = (start: number, size: number): Tensor | undefined => bias && narrow(bias, 0, start, size);
  const q = apart(plus(query!, part(0, width)), heads);
  // Four dimensions are already split into heads, without a bias.
  const k = apart(key.rank === 3 ? plus(key, part(width, width)) : key, heads);
  const v = apart(value.rank === 3 ? plus(value, part(2 * width, depth)) : value, heads);
  const keys = pastKey ? concat([pastKey, k], 2) : k;
  const values = pastValue ? concat([pastValue, v], 2) : v;
  const result = attended({
    q,
    k: keys,
    v: values,
    bias: scoreBias,
    seen: seenBy(mask, query!.shape[0]!, keys.shape[2]!),
    node,
  });
  return [result, keys, values];
}

/** Operators that onnxruntime's optimiser creates from transformers. */
export const microsoftTransformerOperators: readonly OnnxOperator[] = [
  operator(
    'SkipLayerNormalization',
    1,
    ([x, skip, scale, shift, bias], node) => skipNormalized(plus(x!, skip, bias), scale!, shift, node, layerNormalized),
    { domain, inputs: [3, 5] },
  ),
  operator(
    'SkipSimplifiedLayerNormalization',
    1,
    ([x, skip, scale, bias], node) => skipNormalized(plus(x!, skip, bias), scale!, undefined, node, rmsNormalized),
    { domain, inputs: [3, 4] },
  ),
  operator('EmbedLayerNormalization', 1, embedded, { domain, inputs: [1, 9], steering: [7] }),
  operator('Attention', 1, attention, { domain, inputs: [2, 7], steering: [3] }),
  operator('QAttention', 1, quantizedAttention, { domain, inputs: [5, 9], steering: [3, 4, 5] }),
  operator('MultiHeadAttention', 1, multiHeadAttention, { domain, inputs: [1, 10], steering: [4] }),
];
