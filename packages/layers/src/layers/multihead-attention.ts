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
import { wantShape, wantWhole } from './want-shape.ts';

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  readonly features: number;
  readonly heads: number;
  /** Of attention weights, while training. */
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Whether a place looks only at itself and those before it. */
  readonly causal?: boolean;
}

/** Who may look where. Masks are PyTorch's: true where one may not. */
export interface AttentionMasks {
  /** Places of the keys that are padding: bool [batch, keys]. */
  readonly keyPaddingMask?: Tensor | undefined;
  /** bool, or numbers added to the products: [queries, keys], or [batch · heads, queries, keys]. */
  readonly attentionMask?: Tensor | undefined;
  /** Default: the layer's own. */
  readonly causal?: boolean | undefined;
}

/** Attention in several heads: `forward` of a sequence to itself, `attend` to another one. [batch, length, features] keeps its shape. Parameters are named as in PyTorch. (Vaswani et al. 2017) */
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
    wantWhole('MultiheadAttention', { features, heads });
    if (features % heads)
      throw new Error(
        `MultiheadAttention wants features that divide by its heads, got ${features} features and ${heads} heads.`,
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
   * What queries find among keys: [batch, queries, features] and twice [batch, keys, features] → [batch, queries, features].
   * A query that may look nowhere gets the mean of all values.
   */
  attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    { keyPaddingMask, attentionMask, causal = this.causal }: AttentionMasks = {},
    run: Run = inference,
  ): Tensor {
    const { features, heads } = this;
    wantShape(this, query, ['batch', 'length', features]);
    const [batch, queries] = query.shape as [number, number];
    const keys = key.shape[1]!;
    wantShape(this, key, [batch, 'length', features]);
    wantShape(this, value, [batch, keys, features]);
    if (keyPaddingMask) wantShape(this, keyPaddingMask, [batch, keys]);
    if (attentionMask)
      wantShape(this, attentionMask, attentionMask.rank === 3 ? [batch * heads, queries, keys] : [queries, keys]);
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

  /** Queries, keys and values as [batch, heads, length, size]. A sequence that is all three goes through one product. */
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
