import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GlobalAvgPool,
  heNormal,
  inference,
  Linear,
  Module,
  normal,
  ReLU6,
  type Run,
  Sequential,
} from '@graft/layers';
import { add, convolve, scope, type Tensor, type Windows } from '@graft/tensor';
import type { ArchitectureOptions } from './resnet.ts';

const norm = (features: number): BatchNorm2d => new BatchNorm2d({ features, epsilon: 1e-3 });
const pointwise = (inputs: number, out: number): Conv2d =>
  new Conv2d({ in: inputs, out, kernel: 1, bias: false, initializer: heNormal('fanOut') });
/** A convolution without bias that pads as TensorFlow does: the output has the size of the input divided by the stride, rounded up; an odd element is added at the end. */
class SameConv2d extends Conv2d {
  private readonly window: { readonly kernel: number; readonly stride: number; readonly groups: number };

  constructor(inputs: number, out: number, kernel: number, stride: number, groups: number) {
    super({ in: inputs, out, kernel, stride, groups, bias: false, initializer: heNormal('fanOut') });
    this.window = { kernel, stride, groups };
  }

  override forward(x: Tensor): Tensor {
    const { kernel, stride, groups } = this.window;
    const total = x.shape.slice(2).map((size) => Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size));
    const windows: Windows = {
      kernel: [kernel, kernel],
      stride: [stride, stride],
      dilation: [1, 1],
      before: total.map((count) => Math.floor(count / 2)),
      after: total.map((count) => Math.ceil(count / 2)),
    };
    return convolve(x, this.weight.value, windows, { groups });
  }
}
const spatial = (inputs: number, out: number, kernel: number, stride: number, groups = 1): Conv2d =>
  new SameConv2d(inputs, out, kernel, stride, groups);

/** Filters depthwise, then projects. */
class SeparableBlock extends Module {
  readonly conv_dw: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv_pw: Conv2d;
  readonly bn2: BatchNorm2d;

  constructor(inputs: number, out: number, kernel: number) {
    super();
    this.conv_dw = spatial(inputs, inputs, kernel, 1, inputs);
    this.bn1 = norm(inputs);
    this.conv_pw = pointwise(inputs, out);
    this.bn2 = norm(out);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(this.conv_dw, this.bn1, new ReLU6(), this.conv_pw, this.bn2).forward(x, run);
  }
}

/** Inverted residual block: expands, filters depthwise, projects; adds the input if the shape is unchanged. */
class ExpandedBlock extends Module {
  readonly conv_pw: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv_dw: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv_pwl: Conv2d;
  readonly bn3: BatchNorm2d;
  private readonly residual: boolean;

  constructor(inputs: number, out: number, kernel: number, stride: number) {
    super();
    const hidden = 6 * inputs;
    this.residual = stride === 1 && inputs === out;
    this.conv_pw = pointwise(inputs, hidden);
    this.bn1 = norm(hidden);
    this.conv_dw = spatial(hidden, hidden, kernel, stride, hidden);
    this.bn2 = norm(hidden);
    this.conv_pwl = pointwise(hidden, out);
    this.bn3 = norm(out);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const expanded = [this.conv_pw, this.bn1, new ReLU6()];
    const filtered = [this.conv_dw, this.bn2, new ReLU6()];
    const block = new Sequential(...expanded, ...filtered, this.conv_pwl, this.bn3);
    return this.residual ? scope(() => add(x, block.forward(x, run))) : block.forward(x, run);
  }
}

/** Channels, blocks, kernel and first stride of each stage of expanded blocks. */
const stages = [
  [24, 2, 3, 2],
  [40, 2, 5, 2],
  [80, 3, 3, 2],
  [112, 3, 5, 1],
  [192, 4, 5, 2],
  [320, 1, 3, 1],
] as const;

/** How a variant differs from Lite0: its channels and blocks are scaled, except those of the first and the blocks of the last stage. */
interface Variant {
  readonly width: number;
  readonly depth: number;
  readonly dropout: number;
}
const lite0: Variant = { width: 1, depth: 1, dropout: 0.2 };
const lite1: Variant = { width: 1, depth: 1.1, dropout: 0.2 };
const lite2: Variant = { width: 1.1, depth: 1.2, dropout: 0.3 };

/** Channels in multiples of 8, at least 90 % of the number. */
function scaledChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const nearest = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return nearest < 0.9 * scaled ? nearest + 8 : nearest;
}
const blocksOf = (stage: number, { depth }: Variant): number =>
  stage === stages.length - 1 ? stages[stage]![1] : Math.ceil(depth * stages[stage]![1]);

/** EfficientNet-Lite (Tan and Le 2019, without squeeze-and-excitation), with timm's parameter names and TensorFlow's padding: [batch, 3, height, width] → [batch, classes]. */
export class EfficientNetLite extends Module {
  readonly conv_stem = spatial(3, 32, 3, 2);
  readonly bn1 = norm(32);
  readonly blocks: readonly (readonly Module[])[];
  readonly conv_head: Conv2d;
  readonly bn2 = norm(1280);
  readonly classifier: Linear;
  private readonly dropout: number;

  constructor(variant: Variant, { classes = 1000 }: ArchitectureOptions = {}) {
    super();
    this.dropout = variant.dropout;
    const first = scaledChannels(16, variant.width);
    let inputs = first;
    const expanded = stages.map(([channels, , kernel, stride], stage) => {
      const out = scaledChannels(channels, variant.width);
      return Array.from({ length: blocksOf(stage, variant) }, (_, i) => {
        const block = new ExpandedBlock(inputs, out, kernel, i === 0 ? stride : 1);
        inputs = out;
        return block;
      });
    });
    this.blocks = [[new SeparableBlock(32, first, 3)], ...expanded];
    this.conv_head = pointwise(inputs, 1280);
    this.classifier = new Linear({ in: 1280, out: classes, initializer: normal(0.01) });
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(
      this.conv_stem,
      this.bn1,
      new ReLU6(),
      ...this.blocks.flat(),
      this.conv_head,
      this.bn2,
      new ReLU6(),
      new GlobalAvgPool(),
      new Flatten(),
      new Dropout({ probability: this.dropout }),
      this.classifier,
    ).forward(x, run);
  }
}
/** A randomly initialised {@link EfficientNetLite} 0, for images of 224 pixels. */
export const efficientNetLite0 = (options?: ArchitectureOptions): EfficientNetLite =>
  new EfficientNetLite(lite0, options);
/** A randomly initialised {@link EfficientNetLite} 1, for images of 240 pixels. */
export const efficientNetLite1 = (options?: ArchitectureOptions): EfficientNetLite =>
  new EfficientNetLite(lite1, options);
/** A randomly initialised {@link EfficientNetLite} 2, for images of 260 pixels. */
export const efficientNetLite2 = (options?: ArchitectureOptions): EfficientNetLite =>
  new EfficientNetLite(lite2, options);

/** Places of layers in a block by their names in efficientnet-pytorch. */
const separable: Readonly<Record<string, string>> = {
  _depthwise_conv: 'conv_dw',
  _bn1: 'bn1',
  _project_conv: 'conv_pw',
  _bn2: 'bn2',
};
const inverted: Readonly<Record<string, string>> = {
  _expand_conv: 'conv_pw',
  _bn0: 'bn1',
  _depthwise_conv: 'conv_dw',
  _bn1: 'bn2',
  _project_conv: 'conv_pwl',
  _bn2: 'bn3',
};

/** The names of efficientnet-pytorch: `_blocks.3._expand_conv.weight`, with blocks counted over all stages. */
const namesOf =
  (variant: Variant) =>
  (name: string): string => {
    const [whole, block, part, rest] = /^_blocks\.(\d+)\.(\w+)\.(.+)$/.exec(name) ?? [];
    if (whole !== undefined) {
      let [stage, index] = [0, Number(block)];
      for (const count of [1, ...stages.map((_, i) => blocksOf(i, variant))]) {
        if (index < count) break;
        index -= count;
        stage++;
      }
      return `blocks.${stage}.${index}.${(stage === 0 ? separable : inverted)[part!] ?? part}.${rest}`;
    }
    return name
      .replace(/^_conv_stem\./, 'conv_stem.')
      .replace(/^_bn0\./, 'bn1.')
      .replace(/^_conv_head\./, 'conv_head.')
      .replace(/^_bn1\./, 'bn2.')
      .replace(/^_fc\./, 'classifier.');
  };
export const [efficientNetLite0Names, efficientNetLite1Names, efficientNetLite2Names] = [
  namesOf(lite0),
  namesOf(lite1),
  namesOf(lite2),
];
