import {
  constant,
  Conv2d,
  GELU,
  inference,
  initialise,
  LayerNorm,
  Linear,
  Module,
  normal,
  type Run,
  truncatedNormal,
  Upsample,
  weight,
} from '@graft/layers';
import {
  add,
  concat,
  expand,
  mul,
  narrow,
  type Parameter,
  Random,
  reshape,
  scaledDotProductAttention,
  scope,
  type Shape,
  showShape,
  type Tensor,
  transpose,
} from '@graft/tensor';

/** Options of {@link dinoV2Small}. */
export interface DinoV2Options {
  /** Height and width in pixels of the images that its position embeddings are for. Others are interpolated. */
  readonly size?: number;
  /** Height and width of patches, in pixels. */
  readonly patch?: number;
  readonly blocks?: number;
  readonly heads?: number;
  readonly features?: number;
}

type Parts = ReadonlyMap<string, Module>;
const epsilon = 1e-6;
const linear = (inputs: number, out: number): Linear =>
  new Linear({ in: inputs, out, initializer: truncatedNormal(0.02), biasInitializer: constant(0) });

/** A factor for each feature. */
class LayerScale extends Module {
  readonly lambda1: Parameter;

  constructor(features: number) {
    super();
    this.lambda1 = weight([features]);
    this.reset();
  }
  override reset(): void {
    initialise(this.lambda1, constant(1));
  }
  override forward(x: Tensor): Tensor {
    return mul(x, this.lambda1.value);
  }
}

/** Attention, then a feed-forward network, each with layer norm on its input and a scaled residual connection. */
class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attention: ReadonlyMap<string, Parts>;
  readonly layer_scale1: LayerScale;
  readonly norm2: LayerNorm;
  readonly mlp: Parts;
  readonly layer_scale2: LayerScale;
  private readonly heads: number;

  constructor(features: number, heads: number) {
    super();
    this.heads = heads;
    this.norm1 = new LayerNorm({ features, epsilon });
    this.attention = new Map([
      ['attention', new Map(['query', 'key', 'value'].map((name) => [name, linear(features, features)]))],
      ['output', new Map([['dense', linear(features, features)]])],
    ]);
    this.layer_scale1 = new LayerScale(features);
    this.norm2 = new LayerNorm({ features, epsilon });
    this.mlp = new Map([
      ['fc1', linear(features, 4 * features)],
      ['fc2', linear(4 * features, features)],
    ]);
    this.layer_scale2 = new LayerScale(features);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => {
      const attended = add(x, this.layer_scale1.forward(this.attend(this.norm1.forward(x), run)));
      const wide = new GELU().forward(this.mlp.get('fc1')!.forward(this.norm2.forward(attended), run));
      return add(attended, this.layer_scale2.forward(this.mlp.get('fc2')!.forward(wide, run)));
    });
  }

  private attend(x: Tensor, run: Run): Tensor {
    const [batch, tokens, features] = x.shape as [number, number, number];
    const [q, k, v] = ['query', 'key', 'value'].map((name) =>
      transpose(
        reshape(this.attention.get('attention')!.get(name)!.forward(x, run), [
          batch,
          tokens,
          this.heads,
          features / this.heads,
        ]),
        [0, 2, 1, 3],
      ),
    ) as [Tensor, Tensor, Tensor];
    const merged = reshape(transpose(scaledDotProductAttention(q, k, v), [0, 2, 1, 3]), [batch, tokens, features]);
    return this.attention.get('output')!.get('dense')!.forward(merged, run);
  }
}

/** The first token, the patches and their positions: [batch, 3, height, width] → [batch, 1 + patches, features]. */
class Embeddings extends Module {
  readonly cls_token: Parameter;
  readonly position_embeddings: Parameter;
  readonly patch_embeddings: ReadonlyMap<string, Conv2d>;
  private readonly patch: number;
  private readonly grid: number;

  constructor({ features, patch, size }: { features: number; patch: number; size: number }) {
    super();
    this.patch = patch;
    this.grid = size / patch;
    this.cls_token = weight([1, 1, features]);
    this.position_embeddings = weight([1, 1 + this.grid ** 2, features]);
    const initializers = { initializer: truncatedNormal(0.02), biasInitializer: constant(0) };
    this.patch_embeddings = new Map([
      ['projection', new Conv2d({ in: 3, out: features, kernel: patch, stride: patch, ...initializers })],
    ]);
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.cls_token, normal(0.02), random.fork('cls_token'));
    initialise(this.position_embeddings, truncatedNormal(0.02), random.fork('position_embeddings'));
  }

  override forward(x: Tensor): Tensor {
    const { patch } = this;
    const [batch, , height, width] = x.shape;
    if (x.rank !== 4 || height! % patch || width! % patch || !height || !width)
      throw new Error(
        `DINOv2 expects [batch, 3, height, width] with a height and width divisible by ${patch}, got ${showShape(x.shape)}. Resize the images.`,
      );
    return scope(() => {
      const [, , features] = this.cls_token.value.shape as [number, number, number];
      const projected = this.patch_embeddings.get('projection')!.forward(x);
      const patches = transpose(reshape(projected, [batch!, features, -1]), [0, 2, 1]);
      const tokens = concat([expand(this.cls_token.value, [batch!, 1, features]), patches], 1);
      return add(tokens, this.positions(height / patch, width / patch));
    });
  }

  /** The position embeddings of a grid of patches. */
  private positions(rows: number, columns: number): Tensor {
    const { grid } = this;
    const { value } = this.position_embeddings;
    if (rows === grid && columns === grid) return value;
    const features = value.shape[2]!;
    const square = transpose(reshape(narrow(value, 1, 1, grid ** 2), [1, grid, grid, features]), [0, 3, 1, 2]);
    const resized = new Upsample({ size: [rows, columns], mode: 'bicubic' }).forward(square);
    return concat(
      [narrow(value, 1, 0, 1), reshape(transpose(resized, [0, 2, 3, 1]), [1, rows * columns, features])],
      1,
    );
  }
}

/**
 * DINOv2's encoder of images (Oquab et al. 2023), with the parameter names of transformers: [batch, 3, height, width] → the normalized first token [batch, features].
 * Height and width are divisible by the patch.
 */
export class DinoV2 extends Module {
  readonly embeddings: Embeddings;
  readonly encoder: ReadonlyMap<string, readonly Block[]>;
  readonly layernorm: LayerNorm;

  constructor({ size = 518, patch = 14, blocks = 12, heads = 6, features = 384 }: DinoV2Options = {}) {
    super();
    if (size % patch || features % heads)
      throw new Error(
        `DINOv2 expects a size divisible by the patch and features divisible by heads, got size ${size} and patch ${patch}, ${features} features and ${heads} heads.`,
      );
    this.embeddings = new Embeddings({ features, patch, size });
    this.encoder = new Map([['layer', Array.from({ length: blocks }, () => new Block(features, heads))]]);
    this.layernorm = new LayerNorm({ features, epsilon });
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => {
      const encoded = this.encoder
        .get('layer')!
        .reduce((hidden, block) => block.forward(hidden, run), this.embeddings.forward(x));
      const [batch, , features] = encoded.shape as [number, number, number];
      return reshape(narrow(this.layernorm.forward(encoded), 1, 0, 1), [batch, features]);
    });
  }
}
/** A randomly initialised small {@link DinoV2}. */
export const dinoV2Small = (options?: DinoV2Options): DinoV2 => new DinoV2(options);

/** Options of a {@link DinoV2} with weights of these shapes. */
export function fittingDinoV2(shapes: ReadonlyMap<string, Shape>): { readonly options?: DinoV2Options } {
  const [, length, features] = shapes.get('embeddings.position_embeddings') ?? [];
  const patch = shapes.get('embeddings.patch_embeddings.projection.weight')?.at(-1);
  if (!length || !features || !patch) return {};
  // Heads of all published DINOv2 networks have 64 features.
  if (features % 64)
    throw new Error(
      `The weights are of a DINOv2 with ${features} features, whose number of heads is not known. Use a multiple of 64 features.`,
    );
  let blocks = 0;
  while (shapes.has(`encoder.layer.${blocks}.norm1.weight`)) blocks++;
  return {
    options: { size: Math.round(Math.sqrt(length - 1)) * patch, patch, blocks, features, heads: features / 64 },
  };
}

/**
 * The names of timm and of Meta's own files, where the weights of queries, keys and values are one tensor (`blocks.0.attn.qkv.weight`), and those that transformers 5 has
 * in memory (`encoder.layer.0.attention.q_proj.weight`).
 */
export const dinoV2Names = (name: string): string | readonly string[] => {
  const [whole, index, inside] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (whole !== undefined) {
    const block = `encoder.layer.${index}`;
    const [, kind] = /^attn\.qkv\.(weight|bias)$/.exec(inside!) ?? [];
    if (kind !== undefined)
      return ['query', 'key', 'value'].map((part) => `${block}.attention.attention.${part}.${kind}`);
    return `${block}.${inside!.replace(/^attn\.proj\./, 'attention.output.dense.').replace(/^ls([12])\.gamma$/, 'layer_scale$1.lambda1')}`;
  }
  return name
    .replace(
      /^(encoder\.layer\.\d+\.attention)\.([qkv])_proj\./,
      (_, attention: string, part: 'q' | 'k' | 'v') => `${attention}.attention.${projections[part]}.`,
    )
    .replace(/^(encoder\.layer\.\d+\.attention)\.o_proj\./, '$1.output.dense.')
    .replace(/^cls_token$/, 'embeddings.cls_token')
    .replace(/^pos_embed$/, 'embeddings.position_embeddings')
    .replace(/^patch_embed\.proj\./, 'embeddings.patch_embeddings.projection.')
    .replace(/^norm\./, 'layernorm.');
};
const projections = { q: 'query', k: 'key', v: 'value' } as const;
