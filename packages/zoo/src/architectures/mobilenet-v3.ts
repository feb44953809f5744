import {
  constant,
  Dropout,
  Flatten,
  GlobalAvgPool,
  Hardsigmoid,
  Hardswish,
  heNormal,
  inference,
  Linear,
  Module,
  normal,
  ReLU,
  type Run,
  Sequential,
} from '@graft/layers';
import { add, scope, type Tensor } from '@graft/tensor';
import { convolutionNorm } from './convolution-norm.ts';
import type { ArchitectureOptions } from './resnet.ts';
import { SqueezeExcitation } from './squeeze-excitation.ts';

const norm = { epsilon: 1e-3, momentum: 0.01 };

/** The nearest multiple of 8, and at least 90 % of the number. */
function toMultipleOf8(value: number): number {
  const nearest = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return nearest < 0.9 * value ? nearest + 8 : nearest;
}

/** Kernel, expanded channels, channels, whether channels are scaled, activation and stride of a block. */
type Block = readonly [
  kernel: number,
  hidden: number,
  out: number,
  scaled: boolean,
  activation: 'relu' | 'hardswish',
  stride: number,
];

/** Inverted residual block: expands, filters depthwise, scales channels, projects; adds the input if the shape is unchanged. */
class InvertedResidual extends Module {
  readonly block: Sequential;
  private readonly residual: boolean;

  constructor(inputs: number, [kernel, hidden, out, scaled, kind, stride]: Block) {
    super();
    const activation = kind === 'relu' ? new ReLU() : new Hardswish();
    this.residual = stride === 1 && inputs === out;
    this.block = new Sequential(
      ...(hidden === inputs ? [] : [convolutionNorm(inputs, hidden, { kernel: 1, activation, ...norm })]),
      convolutionNorm(hidden, hidden, { kernel, stride, groups: hidden, activation, ...norm }),
      ...(scaled
        ? [
            new SqueezeExcitation({
              channels: hidden,
              squeezed: toMultipleOf8(hidden / 4),
              activation: new ReLU(),
              gate: new Hardsigmoid(),
              initializer: heNormal('fanOut'),
              biasInitializer: constant(0),
            }),
          ]
        : []),
      convolutionNorm(hidden, out, { kernel: 1, ...norm }),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return this.residual ? scope(() => add(x, this.block.forward(x, run))) : this.block.forward(x, run);
  }
}

const large: readonly Block[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardswish', 2],
  [3, 200, 80, false, 'hardswish', 1],
  [3, 184, 80, false, 'hardswish', 1],
  [3, 184, 80, false, 'hardswish', 1],
  [3, 480, 112, true, 'hardswish', 1],
  [3, 672, 112, true, 'hardswish', 1],
  [5, 672, 160, true, 'hardswish', 2],
  [5, 960, 160, true, 'hardswish', 1],
  [5, 960, 160, true, 'hardswish', 1],
];
const small: readonly Block[] = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardswish', 2],
  [5, 240, 40, true, 'hardswish', 1],
  [5, 240, 40, true, 'hardswish', 1],
  [5, 120, 48, true, 'hardswish', 1],
  [5, 144, 48, true, 'hardswish', 1],
  [5, 288, 96, true, 'hardswish', 2],
  [5, 576, 96, true, 'hardswish', 1],
  [5, 576, 96, true, 'hardswish', 1],
];

/** MobileNetV3 (Howard et al. 2019), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class MobileNetV3 extends Module {
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor(blocks: readonly Block[], hidden: number, { classes = 1000 }: ArchitectureOptions = {}) {
    super();
    const activation = new Hardswish();
    const channels = [16, ...blocks.map(([, , out]) => out)];
    const last = channels.at(-1)!;
    this.features = new Sequential(
      convolutionNorm(3, 16, { kernel: 3, stride: 2, activation, ...norm }),
      ...blocks.map((block, i) => new InvertedResidual(channels[i]!, block)),
      convolutionNorm(last, 6 * last, { kernel: 1, activation, ...norm }),
    );
    const linear = (inputs: number, out: number): Linear =>
      new Linear({ in: inputs, out, initializer: normal(0.01), biasInitializer: constant(0) });
    this.classifier = new Sequential(
      linear(6 * last, hidden),
      activation,
      new Dropout({ probability: 0.2 }),
      linear(hidden, classes),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(this.features, new GlobalAvgPool(), new Flatten(), this.classifier).forward(x, run);
  }
}
/** A randomly initialised large {@link MobileNetV3}. */
export const mobileNetV3Large = (options?: ArchitectureOptions): MobileNetV3 => new MobileNetV3(large, 1280, options);
/** A randomly initialised small {@link MobileNetV3}. */
export const mobileNetV3Small = (options?: ArchitectureOptions): MobileNetV3 => new MobileNetV3(small, 1024, options);
