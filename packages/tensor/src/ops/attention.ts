import { full, tensor } from '../create.ts';
import type { Tensor } from '../tensor.ts';
import { tanh } from './activation.ts';
import { add, mul } from './arithmetic.ts';
import { where } from './indexing.ts';
import { matmul } from './matmul.ts';
import { softmax } from './softmax.ts';

export interface AttentionOptions {
  /** Of the products. Default 1 / √size. */
  readonly scale?: number | undefined;
  /** Broadcasts to [batch, heads, queries, keys]: bool, true where a query looks, or numbers that are added to the products. */
  readonly mask?: Tensor | undefined;
  /** Whether a query looks only at keys up to its own place. */
  readonly causal?: boolean;
  /** How many keys come before the first query's place. */
  readonly past?: number;
  /** Products are bent to ± this. */
  readonly softcap?: number;
  /** What the weights go through, such as dropout. */
  readonly through?: (weights: Tensor) => Tensor;
}

/** softmax(query · keyᵀ · scale + mask) · value: [batch, heads, queries, size] with keys and values [batch, heads, keys, size]. (Vaswani et al. 2017) */
export function scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor, { scale = 1 / Math.sqrt(query.shape.at(-1)!), mask, causal = false, past = 0, softcap = 0, through = (weights) => weights }: AttentionOptions = {}): Tensor {
  const products = mul(matmul(query, key, false, true), scale);
  const capped = softcap ? mul(tanh(mul(products, 1 / softcap)), softcap) : products;
  return matmul(through(softmax(masked(causal ? hidden(capped, past) : capped, mask))), value);
}

const never = (like: Tensor): Tensor => full([], -1e30, like);

/** No look at what comes later. */
function hidden(scores: Tensor, past: number): Tensor {
  const [rows, columns] = scores.shape.slice(-2) as [number, number];
  const seen = tensor(Array.from({ length: rows * columns }, (_, i) => Number(i % columns <= Math.floor(i / columns) + past)), { shape: [rows, columns], dtype: 'bool' });
  return where(seen, scores, never(scores));
}

function masked(scores: Tensor, mask: Tensor | undefined): Tensor {
  if (!mask) return scores;
  return mask.dtype === 'bool' ? where(mask, scores, never(scores)) : add(scores, mask);
}
