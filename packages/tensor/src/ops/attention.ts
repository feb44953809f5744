import { apply } from '../apply.ts';
import { full, tensor } from '../create.ts';
import type { Op } from '../op.ts';
import { broadcastShapes, sameShape, showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { tanh } from './activation.ts';
import { add, mul } from './arithmetic.ts';
import { where } from './indexing.ts';
import { matmul } from './matmul.ts';
import { softmax } from './softmax.ts';

/**
 * softmax(query · keyᵀ · scale + mask) · value over the last two of four dimensions. Inputs: query, key, value, and optionally a float mask that broadcasts
 * to [batch, heads, queries, keys]. Differentiated through its decomposition.
 */
export const Attention: Op<{ scale: number }> = {
  name: 'attention',
  infer([query, key, value, mask]) {
    const [batch, heads, queries, size] = query!.shape;
    const keys = key!.shape[2]!;
    const products = [batch!, heads!, queries!, keys];
    if (
      query!.shape.length !== 4 ||
      !sameShape(key!.shape, [batch!, heads!, keys, size!]) ||
      !sameShape(value!.shape.slice(0, 3), [batch!, heads!, keys]) ||
      (mask && !sameShape(broadcastShapes(mask.shape, products), products))
    )
      throw new Error(
        `attention expects query [batch, heads, queries, size], key and value [batch, heads, keys, size] and a mask like [batch, heads, queries, keys], got ${[query!, key!, value!, ...(mask ? [mask] : [])].map(({ shape }) => showShape(shape)).join(', ')}.`,
      );
    return { shape: [batch!, heads!, queries!, value!.shape[3]!], dtype: query!.dtype };
  },
  decompose([query, key, value, mask], { scale }) {
    const products = mul(matmul(query!, key!, false, true), scale);
    return matmul(softmax(mask ? add(products, mask) : products), value!);
  },
};

export interface AttentionOptions {
  /** Multiplies the scores. Default 1 / √size. */
  readonly scale?: number | undefined;
  /** Each broadcasts to [batch, heads, queries, keys]: bool, true where a query may attend, or numbers added to the scores. */
  readonly masks?: readonly (Tensor | undefined)[];
  /** Whether a query attends only to keys up to its own position. */
  readonly causal?: boolean;
  /** Number of keys before the first query's position. */
  readonly past?: number;
  /** Soft cap: scores are squashed to ± this value. */
  readonly softcap?: number;
  /** Applied to the attention weights, such as dropout. */
  readonly through?: (weights: Tensor) => Tensor;
}

/** softmax(query · keyᵀ · scale + masks) · value: [batch, heads, queries, size] with keys and values [batch, heads, keys, size]. (Vaswani et al. 2017) */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  if (options.softcap || options.through || query.rank !== 4) return attentionSteps(query, key, value, options).result;
  const added = masksOf(query, key, options).map((mask) =>
    mask.dtype === 'bool' ? where(mask, full([], 0, query), full([], neverOf(query), query)) : mask,
  );
  return apply(Attention, [query, key, value, ...(added.length ? [added.reduce((a, b) => add(a, b))] : [])], {
    scale: options.scale ?? scaleOf(query),
  });
}

/** Attention step by step, for callers that need more than the result. */
export function attentionSteps(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): { products: Tensor; capped: Tensor; masked: Tensor; weights: Tensor; result: Tensor } {
  const { scale = scaleOf(query), softcap = 0, through = (weights) => weights } = options;
  const products = mul(matmul(query, key, false, true), scale);
  const capped = softcap ? mul(tanh(mul(products, 1 / softcap)), softcap) : products;
  const masked = masksOf(query, key, options).reduce(
    (scores, mask) =>
      mask.dtype === 'bool' ? where(mask, scores, full([], neverOf(scores), scores)) : add(scores, mask),
    capped,
  );
  const weights = softmax(masked);
  return { products, capped, masked, weights, result: matmul(through(weights), value) };
}

/** Low enough for a weight of 0, but finite: infinity would turn a row without keys into NaN. */
const neverOf = ({ dtype }: Tensor): number => (dtype === 'float16' ? -2e4 : -1e30);

const scaleOf = (query: Tensor): number => 1 / Math.sqrt(query.shape.at(-1)!);

const masksOf = (query: Tensor, key: Tensor, { masks = [], causal = false, past = 0 }: AttentionOptions): Tensor[] =>
  [causal ? causalMask(query.shape.at(-2)!, key.shape.at(-2)!, past) : undefined, ...masks].filter(
    (mask) => mask !== undefined,
  );

/** Causal mask [queries, keys] of bools, with `past` keys before the first query. */
export const causalMask = (queries: number, keys: number, past = 0): Tensor =>
  tensor(
    Array.from({ length: queries * keys }, (_, i) => Number(i % keys <= Math.floor(i / keys) + past)),
    { shape: [queries, keys], dtype: 'bool' },
  );
