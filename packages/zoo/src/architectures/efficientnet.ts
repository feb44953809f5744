import {
  constant,
  Dropout,
  DropPath,
  Flatten,
  GlobalAvgPool,
  heNormal,
  inference,
  Linear,
  Module,
  type Run,
  Sequential,
  Sigmoid,
  SiLU,
  torchUniform,
} from '@graft/layers';
import { add, scope, type Tensor } from '@graft/tensor';
import { convolutionNorm } from './convolution-norm.ts';
import type { ArchitectureOptions } from './resnet.ts';
import { SqueezeExcitation } from './squeeze-excitation.ts';

/** Inverted residual block with squeeze-and-excitation: expands, filters depthwise, scales, projects; adds the input if the shape is unchanged. */
class MBConv extends Module {
  readonly block: Sequential;
  private readonly dropPath: DropPath | undefined;

  constructor({ inputs, out, kernel, stride, expansion, dropped }: Record<BlockOption, number>) {
    super();
    const hidden = inputs * expansion;
    const activation = new SiLU();
    this.block = new Sequential(
      ...(expansion === 1 ? [] : [convolutionNorm(inputs, hidden, { kernel: 1, activation })]),
      convolutionNorm(hidden, hidden, { kernel, stride, groups: hidden, activation }),
      new SqueezeExcitation({
        channels: hidden,
        squeezed: Math.max(1, Math.floor(inputs / 4)),
        activation,
        gate: new Sigmoid(),
        initializer: heNormal('fanOut'),
        biasInitializer: constant(0),
      }),
      convolutionNorm(hidden, out, { kernel: 1 }),
    );
    this.dropPath = stride === 1 && inputs === out ? new DropPath({ probability: dropped }) : undefined;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const { block, dropPath } = this;
    return dropPath ? scope(() => add(x, dropPath.forward(block.forward(x, run), run))) : block.forward(x, run);
  }
}
type BlockOption = 'inputs' | 'out' | 'kernel' | 'stride' | 'expansion' | 'dropped';

/** Expansion, channels, blocks, kernel and first stride of each stage. */
const stages = [
  [1, 16, 1, 3, 1],
  [6, 24, 2, 3, 2],
  [6, 40, 2, 5, 2],
  [6, 80, 3, 3, 2],
  [6, 112, 3, 5, 1],
  [6, 192, 4, 5, 2],
  [6, 320, 1, 3, 1],
] as const;

/** EfficientNet-B0 (Tan and Le 2019), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class EfficientNet extends Module {
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor({ classes = 1000 }: ArchitectureOptions = {}) {
    super();
    const activation = new SiLU();
    const total = stages.reduce((sum, [, , count]) => sum + count, 0);
    let [inputs, built] = [32, 0];
    const blocks = stages.map(
      ([expansion, out, count, kernel, first]) =>
        new Sequential(
          ...Array.from({ length: count }, (_, i) => {
            const stride = i === 0 ? first : 1;
            const block = new MBConv({ inputs, out, kernel, stride, expansion, dropped: (0.2 * built++) / total });
            inputs = out;
            return block;
          }),
        ),
    );
    this.features = new Sequential(
      convolutionNorm(3, 32, { kernel: 3, stride: 2, activation }),
      ...blocks,
      convolutionNorm(inputs, 1280, { kernel: 1, activation }),
    );
    this.classifier = new Sequential(
      new Dropout({ probability: 0.2 }),
      new Linear({ in: 1280, out: classes, initializer: torchUniform(classes), biasInitializer: constant(0) }),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(this.features, new GlobalAvgPool(), new Flatten(), this.classifier).forward(x, run);
  }
}
/** A randomly initialised {@link EfficientNet} B0. */
export const efficientNetB0 = (options?: ArchitectureOptions): EfficientNet => new EfficientNet(options);
