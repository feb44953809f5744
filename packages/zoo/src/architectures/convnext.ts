import {
  constant,
  Conv2d,
  DropPath,
  Flatten,
  GELU,
  GlobalAvgPool,
  inference,
  initialise,
  LayerNorm,
  Linear,
  Module,
  type Run,
  Sequential,
  truncatedNormal,
  weight,
} from '@graft/layers';
import { add, mul, type Parameter, scope, type Tensor, transpose } from '@graft/tensor';
import type { ArchitectureOptions } from './resnet.ts';

const initializers = { initializer: truncatedNormal(0.02), biasInitializer: constant(0) };
const epsilon = 1e-6;

/** Layer norm over the channels of [batch, channels, height, width]. */
class LayerNorm2d extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return scope(() => transpose(super.forward(transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]));
  }
}

/** Filters depthwise, then a feed-forward network at each position; its scaled output is added to the input. */
class CNBlock extends Module {
  readonly layer_scale: Parameter;
  /** Layers by their places in torchvision, which has permutations and an activation between them. */
  readonly block: ReadonlyMap<string, Module>;
  private readonly dropPath: DropPath;

  constructor(features: number, dropped: number) {
    super();
    this.layer_scale = weight([features, 1, 1]);
    this.block = new Map<string, Module>([
      ['0', new Conv2d({ in: features, out: features, kernel: 7, padding: 3, groups: features, ...initializers })],
      ['2', new LayerNorm({ features, epsilon })],
      ['3', new Linear({ in: features, out: 4 * features, ...initializers })],
      ['5', new Linear({ in: 4 * features, out: features, ...initializers })],
    ]);
    this.dropPath = new DropPath({ probability: dropped });
    this.reset();
  }

  override reset(): void {
    initialise(this.layer_scale, constant(1e-6));
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const [filter, norm, expand, project] = [...this.block.values()] as [Module, Module, Module, Module];
    return scope(() => {
      const filtered = transpose(filter.forward(x, run), [0, 2, 3, 1]);
      const branch = new Sequential(norm, expand, new GELU(), project).forward(filtered, run);
      const scaled = mul(transpose(branch, [0, 3, 1, 2]), this.layer_scale.value);
      return add(x, this.dropPath.forward(scaled, run));
    });
  }
}

/** A tiny ConvNeXt (Liu et al. 2022), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class ConvNeXt extends Module {
  readonly features: Sequential;
  /** Layers by their places in torchvision, which flattens between them. */
  readonly classifier: ReadonlyMap<string, Module>;

  constructor(
    { classes = 1000 }: ArchitectureOptions = {},
    widths: readonly number[] = [96, 192, 384, 768],
    depths: readonly number[] = [3, 3, 9, 3],
  ) {
    super();
    const total = depths.reduce((sum, depth) => sum + depth, 0);
    let built = 0;
    const stages = widths.map(
      (width, stage) =>
        new Sequential(
          ...Array.from({ length: depths[stage]! }, () => new CNBlock(width, (0.1 * built++) / (total - 1))),
        ),
    );
    this.features = new Sequential(
      ...stages.flatMap((stage, i) => {
        const out = widths[i]!;
        if (i === 0)
          return [
            new Sequential(
              new Conv2d({ in: 3, out, kernel: 4, stride: 4, ...initializers }),
              new LayerNorm2d({ features: out, epsilon }),
            ),
            stage,
          ];
        const inputs = widths[i - 1]!;
        return [
          new Sequential(
            new LayerNorm2d({ features: inputs, epsilon }),
            new Conv2d({ in: inputs, out, kernel: 2, stride: 2, ...initializers }),
          ),
          stage,
        ];
      }),
    );
    const features = widths.at(-1)!;
    this.classifier = new Map<string, Module>([
      ['0', new LayerNorm({ features, epsilon })],
      ['2', new Linear({ in: features, out: classes, ...initializers })],
    ]);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(this.features, new GlobalAvgPool(), new Flatten(), ...this.classifier.values()).forward(
      x,
      run,
    );
  }
}
/** A randomly initialised tiny {@link ConvNeXt}. */
export const convNextTiny = (options?: ArchitectureOptions): ConvNeXt => new ConvNeXt(options);

/** The names of timm: `stages.1.blocks.0.conv_dw.weight`. */
export const convNextNames = (name: string): string => {
  const [whole, stage, block, part, rest] =
    /^stages\.(\d+)\.blocks\.(\d+)\.(gamma|conv_dw|norm|mlp\.fc1|mlp\.fc2)(.*)$/.exec(name) ?? [];
  if (whole !== undefined) return `features.${2 * Number(stage) + 1}.${block}.${places[part!]}${rest}`;
  return name
    .replace(/^stem\.([01])\./, 'features.0.$1.')
    .replace(
      /^stages\.(\d+)\.downsample\.([01])\./,
      (_, number: string, i: string) => `features.${2 * Number(number)}.${i}.`,
    )
    .replace(/^head\.norm\./, 'classifier.0.')
    .replace(/^head\.fc\./, 'classifier.2.');
};
const places: Readonly<Record<string, string>> = {
  gamma: 'layer_scale',
  conv_dw: 'block.0',
  norm: 'block.2',
  'mlp.fc1': 'block.3',
  'mlp.fc2': 'block.5',
};
