import {
  add,
  type AttentionOptions,
  attentionSteps,
  cast,
  causalMask,
  concat,
  expand,
  full,
  gather,
  greater,
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
  where,
} from '@graft/tensor';
import { checkListed, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** [batch, length, heads · size] as [batch, heads, length, size]; four dimensions are returned as they are. */
export function apart(x: Tensor, heads: number): Tensor {
  if (x.rank === 4) return x;
  if (!heads) throw new Error(`an input of [${x.shape}] needs the attributes q_num_heads and kv_num_heads.`);
  return transpose(reshape(x, [x.shape[0]!, x.shape[1]!, heads, -1]), [0, 2, 1, 3]);
}
export const together = (x: Tensor): Tensor =>
  reshape(transpose(x, [0, 2, 1, 3]), [x.shape[0]!, x.shape[2]!, x.shape[1]! * x.shape[3]!]);

/** Repeats each head of keys or values for its group of queries. */
function repeated(x: Tensor, heads: number): Tensor {
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
): Tensor[] {
  const q = apart(query!, attributes.int('q_num_heads', 0));
  const joined = (x: Tensor, past: Tensor | undefined): Tensor => {
    const own = apart(x, attributes.int('kv_num_heads', 0));
    return past ? concat([past, own], 2) : own;
  };
  const [keys, values] = [joined(key!, pastKey), joined(value!, pastValue)];
  const heads = q.shape[1]!;
  const [queries, count] = [q.shape[2]!, keys.shape[2]!];
  const isCausal = attributes.int('is_causal', 0) === 1;
  if (isCausal) checkListed([queries, count]);
  const ends = lengths && integersOf(lengths, 'nonpad_kv_seqlen');
  const past = pastKey?.shape[2] ?? 0;
  // Of keys in a buffer that is not full, the last ones belong to the queries.
  const causal = !isCausal ? undefined : ends ? causalMasks(ends, queries, count) : causalMask(queries, count, past);
  const masks = [causal, ends && firstKeys(ends, count), mask && padded(mask, count)].filter(
    (one) => one !== undefined,
  );
  const options: AttentionOptions = {
    scale: attributes.float('scale', undefined),
    // Infinity minus infinity would be NaN.
    masks: masks.map((one) => (one.dtype === 'bool' ? one : maximum(one, never))),
    softcap: attributes.float('softcap', 0),
  };
  const seen = mask || ends ? seesKeys(masks) : undefined;
  const zeroed = (x: Tensor): Tensor => (seen ? where(seen, x, full([], 0, x)) : x);
  const inputs = [q, repeated(keys, heads), repeated(values, heads)] as const;
  const whole = (x: Tensor): Tensor => (query!.rank === 3 ? together(x) : x);
  if (outputs.length < 4) return [whole(zeroed(scaledDotProductAttention(...inputs, options))), keys, values];
  const { products, capped, masked, weights, result } = attentionSteps(...inputs, options);
  const mode = attributes.int('qk_matmul_output_mode', 0);
  const wanted = [products, capped, masked, zeroed(weights)][mode];
  if (!wanted) throw new Error(`its qk_matmul_output_mode ${mode} must be from 0 to 3.`);
  return [whole(zeroed(result)), keys, values, wanted];
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
function seesKeys(masks: readonly Tensor[]): Tensor {
  const marks = masks.map((mask) =>
    cast(mask.dtype === 'bool' ? mask : greater(mask, Number.NEGATIVE_INFINITY), 'float32'),
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

/** Causal masks [batch, 1, queries, keys] of bools, in which the last query of a row sees its last key. */
const causalMasks = (ends: readonly number[], queries: number, keys: number): Tensor =>
  tensor(
    ends.flatMap((end) =>
      Array.from({ length: queries * keys }, (_, i) => Number((i % keys) - (end - queries) <= Math.floor(i / keys))),
    ),
    { shape: [ends.length, 1, queries, keys], dtype: 'bool' },
  );

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
  operator('Attention', 23, attention, { inputs: [3, 6] }),
  operator('Attention', 24, attention, { inputs: [3, 7], steering: [6] }),
  operator('RotaryEmbedding', 23, rotary, { inputs: [3, 4] }),
];
