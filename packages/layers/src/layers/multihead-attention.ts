import { add, matmul, mul, narrow, type Parameter, Random, reshape, scope, showShape, softmax, type Tensor, transpose } from '@graft/tensor';
import { constant, glorotUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { inference, type Run } from '../run.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';

export interface MultiheadAttentionOptions {
  readonly features: number;
  readonly heads: number;
  /** Of attention weights, while training. */
  readonly dropout?: number;
}

/** Self-attention of a sequence in several heads: [batch, length, features] keeps its shape. Parameters are named as in PyTorch. (Vaswani et al. 2017) */
export class MultiheadAttention extends Module {
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter;
  readonly out_proj: Linear;
  private readonly heads: number;
  private readonly dropout: Dropout;

  constructor({ features, heads, dropout = 0 }: MultiheadAttentionOptions) {
    super();
    if (features % heads) throw new Error(`MultiheadAttention wants features that divide by its heads, got ${features} features and ${heads} heads.`);
    this.in_proj_weight = weight([3 * features, features]);
    this.in_proj_bias = weight([3 * features]);
    this.out_proj = new Linear({ in: features, out: features, biasInitializer: constant(0) });
    this.heads = heads;
    this.dropout = new Dropout({ probability: dropout });
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.in_proj_weight, glorotUniform(), random.fork('weight'));
    initialise(this.in_proj_bias, constant(0), random);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const features = this.in_proj_weight.value.shape[1]!;
    if (x.rank !== 3 || x.shape[2] !== features) throw new Error(`MultiheadAttention "${this.in_proj_weight.name.replace(/\.?in_proj_weight$/, '')}" wants [batch, length, ${features}], got ${showShape(x.shape)}.`);
    return scope(() => {
      const [batch, length] = x.shape as [number, number, number];
      const size = features / this.heads;
      const projected = add(matmul(x, this.in_proj_weight.value, false, true), this.in_proj_bias.value);
      // [batch, heads, length, size]
      const part = (i: number): Tensor => transpose(reshape(narrow(projected, 2, i * features, features), [batch, length, this.heads, size]), [0, 2, 1, 3]);
      const [queries, keys, values] = [part(0), part(1), part(2)];
      const weights = this.dropout.forward(softmax(mul(matmul(queries, keys, false, true), 1 / Math.sqrt(size)), -1), run);
      return this.out_proj.forward(reshape(transpose(matmul(weights, values), [0, 2, 1, 3]), [batch, length, features]));
    });
  }
}
