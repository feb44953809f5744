import { Embedding, GELU, inference, LayerNorm, Linear, Module, normal, type Run } from '@graft/layers';
import {
  add,
  cast,
  narrow,
  reshape,
  scaledDotProductAttention,
  scope,
  type Shape,
  type Tensor,
  transpose,
} from '@graft/tensor';

/** Options of {@link bert}. */
export interface BertOptions {
  /** Number of tokens, of positions and of segments that have an embedding. */
  readonly vocabulary?: number;
  readonly positions?: number;
  readonly segments?: number;
  readonly blocks?: number;
  readonly heads?: number;
  readonly features?: number;
  /** Width of the feed-forward networks. */
  readonly hidden?: number;
}

/** Integers [batch, tokens]; the mask is 1 for tokens and 0 for padding. */
export type BertInput = {
  readonly input_ids: Tensor;
  readonly attention_mask: Tensor;
  readonly token_type_ids: Tensor;
};

type Parts = ReadonlyMap<string, Module>;
const linear = (inputs: number, out: number): Linear => new Linear({ in: inputs, out, initializer: normal(0.02) });
const norm = (features: number): LayerNorm => new LayerNorm({ features, epsilon: 1e-12 });

/** Attention, then a feed-forward network; each is added to its input and normalized. */
class Block extends Module<{ x: Tensor; mask: Tensor }> {
  readonly attention: ReadonlyMap<string, Parts>;
  readonly intermediate: Parts;
  readonly output: Parts;
  private readonly heads: number;

  constructor(features: number, heads: number, hidden: number) {
    super();
    this.heads = heads;
    this.attention = new Map([
      ['self', new Map(['query', 'key', 'value'].map((name) => [name, linear(features, features)]))],
      [
        'output',
        new Map<string, Module>([
          ['dense', linear(features, features)],
          ['LayerNorm', norm(features)],
        ]),
      ],
    ]);
    this.intermediate = new Map([['dense', linear(features, hidden)]]);
    this.output = new Map<string, Module>([
      ['dense', linear(hidden, features)],
      ['LayerNorm', norm(features)],
    ]);
  }

  override forward({ x, mask }: { x: Tensor; mask: Tensor }, run: Run = inference): Tensor {
    const { heads } = this;
    return scope(() => {
      const [batch, tokens, features] = x.shape as [number, number, number];
      const [q, k, v] = ['query', 'key', 'value'].map((name) =>
        transpose(
          reshape(this.attention.get('self')!.get(name)!.forward(x, run), [batch, tokens, heads, features / heads]),
          [0, 2, 1, 3],
        ),
      ) as [Tensor, Tensor, Tensor];
      const attended = scaledDotProductAttention(q, k, v, { masks: [mask] });
      const merged = reshape(transpose(attended, [0, 2, 1, 3]), [batch, tokens, features]);
      const after = added(this.attention.get('output')!, merged, x, run);
      const wide = new GELU().forward(this.intermediate.get('dense')!.forward(after, run));
      return added(this.output, wide, after, run);
    });
  }
}

const added = (parts: Parts, x: Tensor, residual: Tensor, run: Run): Tensor =>
  parts.get('LayerNorm')!.forward(add(parts.get('dense')!.forward(x, run), residual), run);

/**
 * BERT's encoder (Devlin et al. 2019), with the parameter names of transformers and without dropout: integers [batch, tokens] → [batch, tokens, features]. Small by
 * default; the sentence encoders of sentence-transformers, such as MiniLM, are networks of this kind.
 */
export class Bert extends Module<BertInput> {
  readonly embeddings: Parts;
  readonly encoder: ReadonlyMap<string, readonly Block[]>;

  constructor({
    vocabulary = 30_522,
    positions = 512,
    segments = 2,
    blocks = 2,
    heads = 2,
    features = 128,
    hidden = 512,
  }: BertOptions = {}) {
    super();
    if (features % heads)
      throw new Error(`bert expects features divisible by heads, got ${features} features and ${heads} heads.`);
    const table = (count: number): Embedding => new Embedding({ count, features, initializer: normal(0.02) });
    this.embeddings = new Map<string, Module>([
      ['word_embeddings', table(vocabulary)],
      ['position_embeddings', table(positions)],
      ['token_type_embeddings', table(segments)],
      ['LayerNorm', norm(features)],
    ]);
    this.encoder = new Map([['layer', Array.from({ length: blocks }, () => new Block(features, heads, hidden))]]);
  }

  override forward({ input_ids, attention_mask, token_type_ids }: BertInput, run: Run = inference): Tensor {
    return scope(() => {
      const [batch, tokens] = input_ids.shape as [number, number];
      const part = (name: string): Module => this.embeddings.get(name)!;
      const words = part('word_embeddings').forward(input_ids);
      const places = narrow((part('position_embeddings') as Embedding).weight.value, 0, 0, tokens);
      const embedded = add(add(words, places), part('token_type_embeddings').forward(token_type_ids));
      const mask = reshape(cast(attention_mask, 'bool'), [batch, 1, 1, tokens]);
      return this.encoder
        .get('layer')!
        .reduce((x, block) => block.forward({ x, mask }, run), part('LayerNorm').forward(embedded, run));
    });
  }
}
/** A randomly initialised {@link Bert}. */
export const bert = (options?: BertOptions): Bert => new Bert(options);

/** The number of heads of the published networks, by their features: it cannot be read from weights. */
const headsOf: Readonly<Record<number, number>> = { 128: 2, 256: 4, 384: 12, 512: 8, 768: 12, 1024: 16 };

/** Options of a {@link Bert} with weights of these shapes. @throws if its number of heads is not known */
export function fittingBert(shapes: ReadonlyMap<string, Shape>): { readonly options?: BertOptions } {
  const [vocabulary, features] = shapes.get('embeddings.word_embeddings.weight') ?? [];
  const [positions] = shapes.get('embeddings.position_embeddings.weight') ?? [];
  const [segments] = shapes.get('embeddings.token_type_embeddings.weight') ?? [];
  const [hidden] = shapes.get('encoder.layer.0.intermediate.dense.weight') ?? [];
  if (!vocabulary || !features || !positions || !segments || !hidden) return {};
  const heads = headsOf[features];
  if (!heads)
    throw new Error(
      `The weights are of a BERT with ${features} features, whose number of heads is not known. Use ${Object.keys(headsOf).join(', ')} features.`,
    );
  let blocks = 0;
  while (shapes.has(`encoder.layer.${blocks}.output.dense.weight`)) blocks++;
  return { options: { vocabulary, positions, segments, blocks, heads, features, hidden } };
}

/** The older names of layer norms. */
export const bertNames = (name: string): string =>
  name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
