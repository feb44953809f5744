import {
  add,
  isFloat,
  matmul,
  narrow,
  not,
  type Parameter,
  Random,
  reshape,
  scaledDotProductAttention,
  scope,
  type Tensor,
  transpose,
} from '@graft/tensor';
import { constant, glorotUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { inference, type Run } from '../run.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';
import { checkShape, checkInteger } from './check-shape.ts';

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  readonly features: number;
  readonly heads: number;
  /** Of attention weights, in training. */
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Whether a position attends only to itself and earlier ones. */
  readonly causal?: boolean;
}

/** Attention masks. As in PyTorch, true means masked. */
export interface AttentionMasks {
  /** Keys that are padding: bool [batch, keys]. */
  readonly keyPaddingMask?: Tensor | undefined;
  /** bool, or values added to the scores: [queries, keys], or [batch · heads, queries, keys]. */
  readonly attentionMask?: Tensor | undefined;
  /** Default: the layer's own. */
  readonly causal?: boolean | undefined;
}

/** Multi-head attention: `forward` is self-attention, `attend` is cross-attention. The shape [batch, length, features] is kept, and parameters are named as in PyTorch (Vaswani et al. 2017). */
export class MultiheadAttention extends Module {
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter | undefined;
  readonly out_proj: Linear;
  private readonly features: number;
  private readonly heads: number;
  private readonly causal: boolean;
  private readonly dropout: Dropout;

  constructor({ features, heads, dropout = 0, bias = true, causal = false }: MultiheadAttentionOptions) {
    super();
    checkInteger('MultiheadAttention', { features, heads });
    if (features % heads)
      throw new Error(
        `MultiheadAttention expects features divisible by heads, got ${features} features and ${heads} heads.`,
      );
    this.in_proj_weight = weight([3 * features, features]);
    this.in_proj_bias = bias ? weight([3 * features]) : undefined;
    this.out_proj = new Linear({ in: features, out: features, bias, biasInitializer: constant(0) });
    this.features = features;
    this.heads = heads;
    this.causal = causal;
    this.dropout = new Dropout({ probability: dropout });
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.in_proj_weight, glorotUniform(), random.fork('weight'));
    if (this.in_proj_bias) initialise(this.in_proj_bias, constant(0), random);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return this.attend(x, x, x, {}, run);
  }

  /**
   * Cross-attention: [batch, queries, features] and twice [batch, keys, features] → [batch, queries, features].
   * A query whose keys are all masked gets the mean of all values.
   */
  attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    { keyPaddingMask, attentionMask, causal = this.causal }: AttentionMasks = {},
    run: Run = inference,
  ): Tensor {
    const { features, heads } = this;
    checkShape(this, query, ['batch', 'length', features]);
    const [batch, queries] = query.shape as [number, number];
    const keys = key.shape[1]!;
    checkShape(this, key, [batch, 'length', features]);
    checkShape(this, value, [batch, keys, features]);
    if (keyPaddingMask) checkShape(this, keyPaddingMask, [batch, keys]);
    if (attentionMask)
      checkShape(this, attentionMask, attentionMask.rank === 3 ? [batch * heads, queries, keys] : [queries, keys]);
    return scope(() => {
      const [q, k, v] = this.projected(query, key, value);
      const masks = [
        keyPaddingMask && reshape(keyPaddingMask, [batch, 1, 1, keys]),
        attentionMask?.rank === 3 ? reshape(attentionMask, [batch, heads, queries, keys]) : attentionMask,
      ];
      const found = scaledDotProductAttention(q!, k!, v!, {
        masks: masks.map((mask) => mask && (isFloat(mask.dtype) ? mask : not(mask))),
        causal,
        ...(run.training &&
          this.dropout.probability > 0 && { through: (weights: Tensor) => this.dropout.forward(weights, run) }),
      });
      return this.out_proj.forward(reshape(transpose(found, [0, 2, 1, 3]), [batch, queries, features]));
    });
  }

  /** Queries, keys and values as [batch, heads, length, size]. Self-attention needs a single product. */
  private projected(query: Tensor, key: Tensor, value: Tensor): Tensor[] {
    const { features, heads } = this;
    const apart = (x: Tensor): Tensor =>
      transpose(reshape(x, [x.shape[0]!, x.shape[1]!, heads, features / heads]), [0, 2, 1, 3]);
    const linear = (x: Tensor, w: Tensor, b: Tensor | undefined): Tensor =>
      b ? add(matmul(x, w, false, true), b) : matmul(x, w, false, true);
    const [w, b] = [this.in_proj_weight.value, this.in_proj_bias?.value];
    if (query === key && key === value) {
      const all = linear(query, w, b);
      return [0, 1, 2].map((i) => apart(narrow(all, 2, i * features, features)));
    }
    return [query, key, value].map((x, i) =>
      apart(linear(x, narrow(w, 0, i * features, features), b && narrow(b, 0, i * features, features))),
    );
  }
}
