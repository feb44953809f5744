import {
  add,
  type AnyBackend,
  type AttentionOptions,
  attentionSteps,
  cast,
  concat,
  expand,
  full,
  gather,
  greater,
  isHalf,
  max,
  maximum,
  mul,
  narrow,
  pad,
  reshape,
  scaledDotProductAttention,
  squeeze,
  sub,
  type Tensor,
  tensor,
  transpose,
  unsqueeze,
  upload,
  where,
} from '@graft/tensor';
import { checkListed, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** Halves are computed in float32 and rounded once. */
export const wide = (x: Tensor): Tensor => (isHalf(x.dtype) ? cast(x, 'float32') : x);

/** [batch, length, heads · size] as [batch, heads, length, size]; four dimensions are returned as they are. */
export function apart(x: Tensor, heads: number): Tensor {
  if (x.rank === 4) return x;
  if (!heads) throw new Error(`an input of [${x.shape}] needs the attributes q_num_heads and kv_num_heads.`);
  return transpose(reshape(x, [x.shape[0]!, x.shape[1]!, heads, Math.floor(x.shape[2]! / heads)]), [0, 2, 1, 3]);
}
export const together = (x: Tensor): Tensor =>
  reshape(transpose(x, [0, 2, 1, 3]), [x.shape[0]!, x.shape[2]!, x.shape[1]! * x.shape[3]!]);

/** Repeats each head of keys or values for its group of queries. */
export function repeatedHeads(x: Tensor, heads: number): Tensor {
  const [n, own, length, size] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  return reshape(expand(unsqueeze(x, 2), [n, own, heads / own, length, size]), [n, heads, length, size]);
}

/**
 * softmax(Q · Kᵀ · scale + mask) · V (Vaswani et al. 2017), with grouped queries and past keys. Outputs: result, keys, values, and the products of
 * queries and keys at the stage given by qk_matmul_output_mode. The result of a query that sees no key is 0.
 */
function attention(
  [query, key, value, mask, pastKey, pastValue, lengths]: readonly (Tensor | undefined)[],
  { attributes, outputs }: OperatorNode,
  hasWindow: boolean,
): Tensor[] {
  const q = wide(apart(query!, attributes.int('q_num_heads', 0)));
  const joined = (x: Tensor, past: Tensor | undefined): Tensor => {
    const own = apart(x, attributes.int('kv_num_heads', 0));
    return past ? concat([past, own], 2) : own;
  };
  const [keys, values] = [joined(key!, pastKey), joined(value!, pastValue)];
  const heads = q.shape[1]!;
  const [queries, count] = [q.shape[2]!, keys.shape[2]!];
  const ends = lengths && integersOf(lengths, 'nonpad_kv_seqlen');
  // Of keys in a buffer that is not full, the last ones belong to the queries.
  const places = ends ? ends.map((end) => end - queries) : [pastKey?.shape[2] ?? 0];
  const window = windowOf(attributes, hasWindow);
  const near = window && keysWithin(window, places, queries, count);
  const masks = [near, ends && firstKeys(ends, count), mask && padded(wide(mask), count)].filter(
    (one) => one !== undefined,
  );
  const options: AttentionOptions = {
    scale: attributes.float('scale', undefined),
    // Infinity minus infinity would be NaN.
    masks: masks.map((one) => (one.dtype === 'bool' ? one : maximum(one, never))),
    softcap: attributes.float('softcap', 0),
  };
  const hides = mask || ends || window?.before !== Number.POSITIVE_INFINITY;
  const seen = masks.length && hides ? seesKeys(masks, q.backend) : undefined;
  const zeroed = (x: Tensor): Tensor => (seen ? where(seen, x, full([], 0, x)) : x);
  const inputs = [q, repeatedHeads(wide(keys), heads), repeatedHeads(wide(values), heads)] as const;
  const whole = (x: Tensor): Tensor => cast(query!.rank === 3 ? together(x) : x, query!.dtype);
  if (outputs.length < 4) return [whole(zeroed(scaledDotProductAttention(...inputs, options))), keys, values];
  const { products, capped, masked, weights, result } = attentionSteps(...inputs, options);
  const mode = attributes.int('qk_matmul_output_mode', 0);
  const wanted = [products, capped, masked, zeroed(weights)][mode];
  if (!wanted) throw new Error(`its qk_matmul_output_mode ${mode} must be from 0 to 3.`);
  return [whole(zeroed(result)), keys, values, cast(wanted, query!.dtype)];
}

/** Low enough for a weight of 0. */
const never = -1e30;

/** A mask for fewer keys than there are hides the others. */
function padded(mask: Tensor, keys: number): Tensor {
  const missing = keys - mask.shape.at(-1)!;
  if (missing <= 0 || mask.shape.at(-1) === 1) return mask;
  const before = mask.shape.map(() => 0);
  const after = before.with(-1, missing);
  return mask.dtype === 'bool'
    ? cast(pad(cast(mask, 'float32'), before, after), 'bool')
    : pad(mask, before, after, Number.NEGATIVE_INFINITY);
}

/** Whether each query sees a key that no mask hides: [..., queries or 1, 1]. */
function seesKeys(masks: readonly Tensor[], home: AnyBackend): Tensor {
  const marks = masks.map((mask) =>
    upload(cast(mask.dtype === 'bool' ? mask : greater(mask, Number.NEGATIVE_INFINITY), 'float32'), home),
  );
  return cast(
    max(
      marks.reduce((a, b) => mul(a, b)),
      -1,
      true,
    ),
    'bool',
  );
}

/** How many keys before and after its own position a query sees. */
interface Window {
  readonly before: number;
  readonly after: number;
}

/** The keys that a query sees by its position; undefined if all of them. */
function windowOf(attributes: OperatorNode['attributes'], hasWindow: boolean): Window | undefined {
  const bound = (name: string): number => {
    const size = hasWindow ? attributes.int(name, -1) : -1;
    if (size < -1) throw new Error(`its ${name} must be -1 or more, got ${size}.`);
    return size === -1 ? Number.POSITIVE_INFINITY : size;
  };
  const [before, after] = [bound('left_window_size'), bound('right_window_size')];
  const isCausal = attributes.int('is_causal', 0) === 1;
  return isCausal || Number.isFinite(before) || Number.isFinite(after)
    ? { before, after: isCausal ? 0 : after }
    : undefined;
}

/**
 * Mask of the keys near each query: [queries, keys], or [batch, 1, queries, keys], of bools.
 * @param places of the first query among the keys: one for all, or one for each row of the batch
 */
function keysWithin({ before, after }: Window, places: readonly number[], queries: number, keys: number): Tensor {
  checkListed([places.length, queries, keys]);
  const near = places.flatMap((place) =>
    Array.from({ length: queries * keys }, (_, i) => {
      const distance = (i % keys) - Math.floor(i / keys) - place;
      return Number(-before <= distance && distance <= after);
    }),
  );
  return tensor(near, {
    shape: places.length === 1 ? [queries, keys] : [places.length, 1, queries, keys],
    dtype: 'bool',
  });
}

/** Mask of the first keys of each row: [batch, 1, 1, keys] of bools. */
const firstKeys = (lengths: readonly number[], keys: number): Tensor =>
  tensor(
    lengths.flatMap((length) => Array.from({ length: keys }, (_, i) => Number(i < length))),
    { shape: [lengths.length, 1, 1, keys], dtype: 'bool' },
  );

/** Rotates pairs of features by an angle for each position (Su et al. 2021). Inputs: x, cosines, sines, positions. */
function rotary([x, cosines, sines, positions]: readonly (Tensor | undefined)[], { attributes }: OperatorNode): Tensor {
  const own = apart(x!, attributes.int('num_heads', 0));
  const size = own.shape[3]!;
  const turned = attributes.int('rotary_embedding_dim', 0) || size;
  const angles = (table: Tensor): Tensor => unsqueeze(positions ? gather(table, positions, 0) : table, 1);
  const [cos, sin] = [angles(cosines!), angles(sines!)];
  const part = narrow(own, 3, 0, turned);
  const pairs =
    attributes.int('interleaved', 0) === 1
      ? reshape(part, [...part.shape.slice(0, 3), turned / 2, 2])
      : transpose(reshape(part, [...part.shape.slice(0, 3), 2, turned / 2]), [0, 1, 2, 4, 3]);
  const [a, b] = [squeeze(narrow(pairs, 4, 0, 1), [4]), squeeze(narrow(pairs, 4, 1, 1), [4])];
  const [re, im] = [sub(mul(a, cos), mul(b, sin)), add(mul(a, sin), mul(b, cos))];
  const rotated =
    attributes.int('interleaved', 0) === 1
      ? reshape(concat([unsqueeze(re, 4), unsqueeze(im, 4)], 4), part.shape)
      : concat([re, im], 3);
  const result = turned === size ? rotated : concat([rotated, narrow(own, 3, turned, size - turned)], 3);
  return x!.rank === 3 ? together(result) : result;
}

export const attentionOperators: readonly OnnxOperator[] = [
  operator('Attention', 23, (inputs, node) => attention(inputs, node, false), { inputs: [3, 6] }),
  operator('Attention', 24, (inputs, node) => attention(inputs, node, false), { inputs: [3, 7], steering: [6] }),
  operator('Attention', 25, (inputs, node) => attention(inputs, node, true), { inputs: [3, 7], steering: [6] }),
  operator('RotaryEmbedding', 23, rotary, { inputs: [3, 4] }),
];
