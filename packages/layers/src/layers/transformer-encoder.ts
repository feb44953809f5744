import { add, gelu, relu, scope, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';
import { Dropout } from './dropout.ts';
import { LayerNorm } from './layer-norm.ts';
import { Linear } from './linear.ts';
import { type AttentionMasks, MultiheadAttention, type MultiheadAttentionOptions } from './multihead-attention.ts';
import { checkInteger } from './check-shape.ts';

const activations = { relu, gelu };

/** Options of {@link TransformerEncoderLayer}. */
export interface TransformerEncoderLayerOptions extends MultiheadAttentionOptions {
  /** Width of the feed-forward network. */
  readonly feedforward?: number;
  /** Dropout of attention weights and of both branches, in training. Default 0.1. */
  readonly dropout?: number;
  readonly activation?: 'relu' | 'gelu';
  readonly epsilon?: number;
  /** Whether normalisation comes first in each branch, which trains deep stacks without warm-up (Xiong et al. 2020), rather than after each sum. */
  readonly normFirst?: boolean;
}

/** Self-attention, then a feed-forward network, each with a shortcut. The shape [batch, length, features] is kept, and parameters are named as in PyTorch (Vaswani et al. 2017). */
export class TransformerEncoderLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  private readonly dropout: Dropout;
  private readonly activation: (x: Tensor) => Tensor;
  private readonly normFirst: boolean;

  constructor({
    feedforward = 2048,
    dropout = 0.1,
    activation = 'relu',
    epsilon = 1e-5,
    normFirst = false,
    ...attention
  }: TransformerEncoderLayerOptions) {
    super();
    checkInteger('TransformerEncoderLayer', { feedforward });
    if (!Object.hasOwn(activations, activation))
      throw new Error(`TransformerEncoderLayer expects activation to be relu or gelu, got "${activation}".`);
    const { features } = attention;
    this.self_attn = new MultiheadAttention({ ...attention, dropout });
    this.linear1 = new Linear({ in: features, out: feedforward });
    this.linear2 = new Linear({ in: feedforward, out: features });
    this.norm1 = new LayerNorm({ features, epsilon });
    this.norm2 = new LayerNorm({ features, epsilon });
    this.dropout = new Dropout({ probability: dropout });
    this.activation = activations[activation];
    this.normFirst = normFirst;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return this.encode(x, {}, run);
  }

  /** The same with attention masks. */
  encode(x: Tensor, masks: AttentionMasks, run: Run = inference): Tensor {
    const attention = (y: Tensor): Tensor => this.dropout.forward(this.self_attn.attend(y, y, y, masks, run), run);
    const feedforward = (y: Tensor): Tensor =>
      this.dropout.forward(
        this.linear2.forward(this.dropout.forward(this.activation(this.linear1.forward(y)), run)),
        run,
      );
    return scope(() => {
      if (this.normFirst) {
        const attended = add(x, attention(this.norm1.forward(x)));
        return add(attended, feedforward(this.norm2.forward(attended)));
      }
      const attended = this.norm1.forward(add(x, attention(x)));
      return this.norm2.forward(add(attended, feedforward(attended)));
    });
  }
}

/** Options of {@link TransformerEncoder}. */
export interface TransformerEncoderOptions extends TransformerEncoderLayerOptions {
  readonly numLayers: number;
  /** Whether a normalisation follows the last layer; recommended with `normFirst`. */
  readonly norm?: boolean;
}

/** A stack of encoder layers. The shape [batch, length, features] is kept. Parameters are named as in PyTorch: `layers.0.self_attn.in_proj_weight` … */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | undefined;

  constructor({ numLayers, norm = false, ...options }: TransformerEncoderOptions) {
    super();
    checkInteger('TransformerEncoder', { numLayers });
    this.layers = Array.from({ length: numLayers }, () => new TransformerEncoderLayer(options));
    this.norm = norm
      ? new LayerNorm({
          features: options.features,
          ...(options.epsilon !== undefined && { epsilon: options.epsilon }),
        })
      : undefined;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return this.encode(x, {}, run);
  }

  /** The same with attention masks. */
  encode(x: Tensor, masks: AttentionMasks, run: Run = inference): Tensor {
    return scope(() => {
      const y = this.layers.reduce((hidden, layer) => layer.encode(hidden, masks, run), x);
      return this.norm ? this.norm.forward(y) : y;
    });
  }
}
