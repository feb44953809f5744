import { add, concat, expand, full, gather, matmul, mul, narrow, reshape, softmax, squeeze, sub, tanh, type Tensor, tensor, transpose, unsqueeze, where } from '@graft/tensor';
import { checkListed, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** [batch, length, heads · size] as [batch, heads, length, size]; what has four dimensions is that already. */
function apart(x: Tensor, heads: number): Tensor {
  if (x.rank === 4) return x;
  if (!heads) throw new Error(`an input of [${x.shape}] wants the attributes q_num_heads and kv_num_heads.`);
  return transpose(reshape(x, [x.shape[0]!, x.shape[1]!, heads, -1]), [0, 2, 1, 3]);
}
const together = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, 3]), [x.shape[0]!, x.shape[2]!, x.shape[1]! * x.shape[3]!]);

/** Every head of keys or values as often as there are queries for it. */
function repeated(x: Tensor, heads: number): Tensor {
  const [n, own, length, size] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  return reshape(expand(unsqueeze(x, 2), [n, own, heads / own, length, size]), [n, heads, length, size]);
}

/** softmax(Q · Kᵀ · scale + mask) · V (Vaswani et al. 2017), grouped queries and past keys included. Outputs: result, keys, values. */
function attention([query, key, value, mask, pastKey, pastValue]: readonly (Tensor | undefined)[], { attributes, outputs }: OperatorNode): Tensor[] {
  if (outputs[3]) throw new Error('its fourth output, the products of queries and keys, is not supported.');
  const q = apart(query!, attributes.int('q_num_heads', 0));
  const joined = (x: Tensor, past: Tensor | undefined): Tensor => {
    const own = apart(x, attributes.int('kv_num_heads', 0));
    return past ? concat([past, own], 2) : own;
  };
  const [keys, values] = [joined(key!, pastKey), joined(value!, pastValue)];
  const heads = q.shape[1]!;
  const scale = attributes.float('scale', 1 / Math.sqrt(q.shape[3]!));
  const products = mul(matmul(q, repeated(keys, heads), false, true), scale);
  const limit = attributes.float('softcap', 0);
  const capped = limit ? mul(tanh(mul(products, 1 / limit)), limit) : products;
  const weights = softmax(masked(attributes.int('is_causal', 0) ? causal(capped, pastKey?.shape[2] ?? 0) : capped, mask));
  const result = matmul(weights, repeated(values, heads));
  return [query!.rank === 3 ? together(result) : result, keys, values];
}

const never = (like: Tensor): Tensor => full([], -1e30, like);

/** No look at what comes later. */
function causal(scores: Tensor, past: number): Tensor {
  const [rows, columns] = scores.shape.slice(-2) as [number, number];
  checkListed([rows, columns]);
  const seen = tensor(Array.from({ length: rows * columns }, (_, i) => Number(i % columns <= Math.floor(i / columns) + past)), { shape: [rows, columns], dtype: 'bool' });
  return where(seen, scores, never(scores));
}

function masked(scores: Tensor, mask: Tensor | undefined): Tensor {
  if (!mask) return scores;
  return mask.dtype === 'bool' ? where(mask, scores, never(scores)) : add(scores, mask);
}

/** Pairs of features turned by an angle for each position (Su et al. 2021). Inputs: x, cosines, sines, positions. */
function rotary([x, cosines, sines, positions]: readonly (Tensor | undefined)[], { attributes }: OperatorNode): Tensor {
  const own = apart(x!, attributes.int('num_heads', 0));
  const size = own.shape[3]!;
  const turned = attributes.int('rotary_embedding_dim', 0) || size;
  const angles = (table: Tensor): Tensor => unsqueeze(positions ? gather(table, positions, 0) : table, 1);
  const [cos, sin] = [angles(cosines!), angles(sines!)];
  const part = narrow(own, 3, 0, turned);
  const pairs = attributes.int('interleaved', 0) === 1 ? reshape(part, [...part.shape.slice(0, 3), turned / 2, 2]) : transpose(reshape(part, [...part.shape.slice(0, 3), 2, turned / 2]), [0, 1, 2, 4, 3]);
  const [a, b] = [squeeze(narrow(pairs, 4, 0, 1), [4]), squeeze(narrow(pairs, 4, 1, 1), [4])];
  const [re, im] = [sub(mul(a, cos), mul(b, sin)), add(mul(a, sin), mul(b, cos))];
  const rotated = attributes.int('interleaved', 0) === 1 ? reshape(concat([unsqueeze(re, 4), unsqueeze(im, 4)], 4), part.shape) : concat([re, im], 3);
  const result = turned === size ? rotated : concat([rotated, narrow(own, 3, turned, size - turned)], 3);
  return x!.rank === 3 ? together(result) : result;
}

export const attentionOperators: readonly OnnxOperator[] = [
  operator('Attention', 23, attention, { inputs: [3, 6] }),
  operator('RotaryEmbedding', 23, rotary, { inputs: [3, 4] }),
];
