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
import { add, scope, type Tensor } from '@graft/tensor';
import type { ArchitectureOptions } from './resnet.ts';

const norm = (features: number): BatchNorm2d => new BatchNorm2d({ features, epsilon: 1e-3 });
const pointwise = (inputs: number, out: number): Conv2d =>
  new Conv2d({ in: inputs, out, kernel: 1, bias: false, initializer: heNormal('fanOut') });
/** Pads an even height and width as TensorFlow does: with a stride of 2, one row and column more at the end than at the start. */
function spatial(inputs: number, out: number, kernel: number, stride: number, groups = 1): Conv2d {
  const [start, end] = [Math.floor((kernel - stride) / 2), Math.ceil((kernel - stride) / 2)];
  return new Conv2d({
    in: inputs,
    out,
    kernel,
    stride,
    groups,
    padding: [start, start, end, end],
    bias: false,
    initializer: heNormal('fanOut'),
  });
}

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

/**
 * EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation), with timm's parameter names: [batch, 3, height, width] → [batch, classes]. Height and width are
 * divisible by 32, because it pads as TensorFlow does for such sizes.
 */
export class EfficientNetLite0 extends Module {
  readonly conv_stem = spatial(3, 32, 3, 2);
  readonly bn1 = norm(32);
  readonly blocks: readonly (readonly Module[])[];
  readonly conv_head = pointwise(320, 1280);
  readonly bn2 = norm(1280);
  readonly classifier: Linear;

  constructor({ classes = 1000 }: ArchitectureOptions = {}) {
    super();
    let inputs = 16;
    const expanded = stages.map(([out, count, kernel, first]) =>
      Array.from({ length: count }, (_, i) => {
        const block = new ExpandedBlock(inputs, out, kernel, i === 0 ? first : 1);
        inputs = out;
        return block;
      }),
    );
    this.blocks = [[new SeparableBlock(32, 16, 3)], ...expanded];
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
      new Dropout({ probability: 0.2 }),
      this.classifier,
    ).forward(x, run);
  }
}
/** A randomly initialised {@link EfficientNetLite0}. */
export const efficientNetLite0 = (options?: ArchitectureOptions): EfficientNetLite0 => new EfficientNetLite0(options);

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
export const efficientNetLiteNames = (name: string): string => {
  const [whole, block, part, rest] = /^_blocks\.(\d+)\.(\w+)\.(.+)$/.exec(name) ?? [];
  if (whole !== undefined) {
    let [stage, index] = [0, Number(block)];
    for (const [, count] of [[16, 1], ...stages] as const) {
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
