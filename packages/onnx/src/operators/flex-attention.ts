import { cast, isHalf, matmul, mul, softmax, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorContext, type OperatorNode } from '../operator.ts';
import { dtypeOf } from '../proto/data-types.ts';
import { repeatedHeads } from './attention.ts';

/** Attention whose scores and weights pass through subgraphs of the node, as PyTorch's flex_attention. */
function flexAttention(
  [query, key, value]: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
  context: OperatorContext,
): Tensor {
  const [q, k, v] = [query!, key!, value!];
  const heads = q.shape[1]!;
  if ([q, k, v].some(({ rank }) => rank !== 4) || !k.shape[1] || heads % k.shape[1] || k.shape[1] !== v.shape[1])
    throw new Error(
      `it attends [batch, heads, length, size] to keys and values with the same number of heads or a divisor, got [${q.shape}], [${k.shape}] and [${v.shape}].`,
    );
  const given = attributes.int('softmax_precision', 0);
  const dtype = given ? dtypeOf(given) : isHalf(q.dtype) ? 'float32' : q.dtype;
  if (!dtype) throw new Error(`its softmax_precision ${given} is not a supported data type.`);
  const through = (x: Tensor, name: string): Tensor => {
    if (!attributes.has(name)) return x;
    const [y] = context.subgraph(name).run([x]);
    if (y?.shape.join() !== x.shape.join())
      throw new Error(`its ${name} must keep the shape [${x.shape}], got [${y?.shape}].`);
    return cast(y, dtype);
  };
  const root = Math.sqrt(attributes.float('scale', 1 / Math.sqrt(q.shape[3]!)));
  const products = matmul(mul(q, root), mul(repeatedHeads(k, heads), root), false, true);
  const weights = through(softmax(through(cast(products, dtype), 'score_mod')), 'prob_mod');
  return cast(matmul(weights, cast(repeatedHeads(v, heads), dtype)), v.dtype);
}

export const flexAttentionOperators: readonly OnnxOperator[] = [
  operator('FlexAttention', 1, flexAttention, { domain: 'ai.onnx.preview', inputs: 3 }),
];
