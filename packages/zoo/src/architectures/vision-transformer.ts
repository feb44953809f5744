import {
  constant,
  Conv2d,
  Dropout,
  GELU,
  glorotUniform,
  inference,
  initialise,
  LayerNorm,
  Linear,
  Module,
  MultiheadAttention,
  normal,
  type Run,
  Sequential,
  truncatedNormal,
  weight,
} from '@graft/layers';
import {
  add,
  concat,
  expand,
  narrow,
  type Parameter,
  Random,
  reshape,
  scope,
  type Shape,
  showShape,
  type Tensor,
  transpose,
} from '@graft/tensor';

/** Encoder block: attention, then a feed-forward network, each with layer norm on its input and a residual connection. */
class EncoderBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly self_attention: MultiheadAttention;
  readonly ln_2: LayerNorm;
  readonly mlp: Sequential;

  constructor({
    features,
    heads,
    hidden,
    dropout,
  }: {
    features: number;
    heads: number;
    hidden: number;
    dropout: number;
  }) {
    super();
    const linear = (inputs: number, out: number): Linear =>
      new Linear({ in: inputs, out, initializer: glorotUniform(), biasInitializer: normal(1e-6) });
    this.ln_1 = new LayerNorm({ features, epsilon: 1e-6 });
    this.self_attention = new MultiheadAttention({ features, heads });
    this.ln_2 = new LayerNorm({ features, epsilon: 1e-6 });
    this.mlp = new Sequential(
      linear(features, hidden),
      new GELU(),
      new Dropout({ probability: dropout }),
      linear(hidden, features),
      new Dropout({ probability: dropout }),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => {
      const attended = add(x, this.self_attention.forward(this.ln_1.forward(x), run));
      return add(attended, this.mlp.forward(this.ln_2.forward(attended), run));
    });
  }
}

class Encoder extends Module {
  readonly pos_embedding: Parameter;
  /** Blocks by their names in torchvision. */
  readonly layers: ReadonlyMap<string, EncoderBlock>;
  readonly ln: LayerNorm;

  constructor(length: number, blocks: number, options: ConstructorParameters<typeof EncoderBlock>[0]) {
    super();
    this.pos_embedding = weight([1, length, options.features]);
    this.layers = new Map(Array.from({ length: blocks }, (_, i) => [`encoder_layer_${i}`, new EncoderBlock(options)]));
    this.ln = new LayerNorm({ features: options.features, epsilon: 1e-6 });
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.pos_embedding, normal(0.02), random);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() =>
      this.ln.forward(
        [...this.layers.values()].reduce(
          (hidden, block) => block.forward(hidden, run),
          add(x, this.pos_embedding.value),
        ),
      ),
    );
  }
}

/** Options of {@link visionTransformer}. */
export interface VisionTransformerOptions {
  readonly classes?: number;
  /** Height and width of images and of patches, in pixels. */
  readonly size?: number;
  readonly patch?: number;
  readonly blocks?: number;
  readonly heads?: number;
  readonly features?: number;
  /** Width of the feed-forward network. */
  readonly hidden?: number;
  readonly dropout?: number;
}

/** A transformer over image patches (Dosovitskiy et al. 2021), with torchvision's parameter names: [batch, 3, size, size] → [batch, classes]. Small by default. */
export class VisionTransformer extends Module {
  readonly class_token: Parameter;
  readonly conv_proj: Conv2d;
  readonly encoder: Encoder;
  readonly heads: ReadonlyMap<string, Linear>;
  private readonly size: number;

  constructor({
    classes = 1000,
    size = 64,
    patch = 8,
    blocks = 4,
    heads = 4,
    features = 128,
    hidden = 256,
    dropout = 0,
  }: VisionTransformerOptions = {}) {
    super();
    if (size % patch)
      throw new Error(
        `A vision transformer's size must be divisible by its patch, got size ${size} and patch ${patch}.`,
      );
    this.size = size;
    this.class_token = weight([1, 1, features]);
    this.conv_proj = new Conv2d({
      in: 3,
      out: features,
      kernel: patch,
      stride: patch,
      initializer: truncatedNormal(Math.sqrt(1 / (3 * patch * patch))),
      biasInitializer: constant(0),
    });
    this.encoder = new Encoder((size / patch) ** 2 + 1, blocks, { features, heads, hidden, dropout });
    this.heads = new Map([
      ['head', new Linear({ in: features, out: classes, initializer: constant(0), biasInitializer: constant(0) })],
    ]);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    if (x.rank !== 4 || x.shape[2] !== this.size || x.shape[3] !== this.size)
      throw new Error(
        `This vision transformer expects [batch, 3, ${this.size}, ${this.size}], got ${showShape(x.shape)}. Resize the images, or create it with another size.`,
      );
    return scope(() => {
      const [batch] = x.shape as [number];
      const features = this.class_token.value.shape[2]!;
      const patches = transpose(reshape(this.conv_proj.forward(x), [batch, features, -1]), [0, 2, 1]);
      const encoded = this.encoder.forward(
        concat([expand(this.class_token.value, [batch, 1, features]), patches], 1),
        run,
      );
      return this.heads.get('head')!.forward(reshape(narrow(encoded, 1, 0, 1), [batch, features]));
    });
  }
}
/** A randomly initialised {@link VisionTransformer}. */
export const visionTransformer = (options?: VisionTransformerOptions): VisionTransformer =>
  new VisionTransformer(options);

/** A randomly initialised {@link VisionTransformer} of base size with patches of 16 pixels: ViT-B/16. */
export const vitB16 = (options?: VisionTransformerOptions): VisionTransformer =>
  new VisionTransformer({ size: 224, patch: 16, blocks: 12, heads: 12, features: 768, hidden: 3072, ...options });
/** A randomly initialised {@link VisionTransformer} with the sizes of DeiT-small (Touvron et al. 2021). */
export const deitSmall = (options?: VisionTransformerOptions): VisionTransformer =>
  new VisionTransformer({ size: 224, patch: 16, blocks: 12, heads: 6, features: 384, hidden: 1536, ...options });

/** The number of heads of the published networks, by their features: it cannot be read from weights. */
const headsOf: Readonly<Record<number, number>> = { 128: 4, 192: 3, 384: 6, 768: 12, 1024: 16, 1280: 16 };

/** Options and input shape of a {@link VisionTransformer} with weights of these shapes. @throws if its number of heads is not known */
export function fittingVisionTransformer(shapes: ReadonlyMap<string, Shape>): {
  readonly options?: VisionTransformerOptions;
  readonly inputShape?: readonly number[];
} {
  const features = shapes.get('class_token')?.at(-1);
  const patch = shapes.get('conv_proj.weight')?.at(-1);
  const length = shapes.get('encoder.pos_embedding')?.[1];
  const hidden = shapes.get('encoder.layers.encoder_layer_0.mlp.0.weight')?.[0];
  if (!features || !patch || !length || !hidden) return {};
  const heads = headsOf[features];
  if (!heads)
    throw new Error(
      `The weights are of a vision transformer with ${features} features, whose number of heads is not known. Use ${Object.keys(headsOf).join(', ')} features.`,
    );
  let blocks = 0;
  while (shapes.has(`encoder.layers.encoder_layer_${blocks}.ln_1.weight`)) blocks++;
  const size = Math.round(Math.sqrt(length - 1)) * patch;
  return { options: { size, patch, blocks, heads, features, hidden }, inputShape: [3, size, size] };
}

/** The size of images of a {@link VisionTransformer} with weights of these shapes, whose other options are known. */
export function fittingImageSize(shapes: ReadonlyMap<string, Shape>): {
  readonly options?: VisionTransformerOptions;
  readonly inputShape?: readonly number[];
} {
  const patch = shapes.get('conv_proj.weight')?.at(-1);
  const length = shapes.get('encoder.pos_embedding')?.[1];
  if (!patch || !length) return {};
  const size = Math.round(Math.sqrt(length - 1)) * patch;
  return { options: { size }, inputShape: [3, size, size] };
}

/** The names of timm: `blocks.0.attn.qkv.weight`. */
export const visionTransformerNames = (name: string): string => {
  const block = /^blocks\.(\d+)\.(.+)$/.exec(name);
  if (block) {
    const inside = block[2]!
      .replace(/^norm([12])\./, 'ln_$1.')
      .replace(/^attn\.qkv\./, 'self_attention.in_proj_')
      .replace(/^attn\.proj\./, 'self_attention.out_proj.')
      .replace(/^mlp\.fc1\./, 'mlp.0.')
      .replace(/^mlp\.fc2\./, 'mlp.3.');
    return `encoder.layers.encoder_layer_${block[1]}.${inside}`;
  }
  return name
    .replace(/^cls_token$/, 'class_token')
    .replace(/^pos_embed$/, 'encoder.pos_embedding')
    .replace(/^patch_embed\.proj\./, 'conv_proj.')
    .replace(/^norm\./, 'encoder.ln.')
    .replace(/^head\./, 'heads.head.');
};
