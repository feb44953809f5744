import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  GlobalAvgPool,
  heNormal,
  inference,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  type Run,
  Sequential,
} from '@graft/layers';
import { add, relu, scope, type Tensor } from '@graft/tensor';

const convolution = (inputs: number, out: number, kernel: number, stride = 1): Conv2d =>
  new Conv2d({
    in: inputs,
    out,
    kernel,
    stride,
    padding: (kernel - 1) / 2,
    bias: false,
    initializer: heNormal('fanOut'),
  });

/** Adds a block's input, or its projection, to the block's output. */
abstract class ResidualBlock extends Module {
  abstract readonly downsample: Sequential | undefined;
  protected abstract residual(x: Tensor, run: Run): Tensor;

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => relu(add(this.residual(x, run), this.downsample?.forward(x, run) ?? x)));
  }
}

const projection = (inputs: number, out: number, stride: number): Sequential | undefined =>
  stride === 1 && inputs === out
    ? undefined
    : new Sequential(convolution(inputs, out, 1, stride), new BatchNorm2d({ features: out }));

/** Two 3×3 convolutions. */
class BasicBlock extends ResidualBlock {
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | undefined;

  constructor(inputs: number, width: number, stride: number) {
    super();
    this.conv1 = convolution(inputs, width, 3, stride);
    this.bn1 = new BatchNorm2d({ features: width });
    this.conv2 = convolution(width, width, 3);
    this.bn2 = new BatchNorm2d({ features: width });
    this.downsample = projection(inputs, width, stride);
  }

  protected override residual(x: Tensor, run: Run): Tensor {
    return this.bn2.forward(this.conv2.forward(relu(this.bn1.forward(this.conv1.forward(x), run))), run);
  }
}

/** A 3×3 convolution between two 1×1 ones; the middle one has the stride. */
class Bottleneck extends ResidualBlock {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Sequential | undefined;

  constructor(inputs: number, width: number, stride: number) {
    super();
    this.conv1 = convolution(inputs, width, 1);
    this.bn1 = new BatchNorm2d({ features: width });
    this.conv2 = convolution(width, width, 3, stride);
    this.bn2 = new BatchNorm2d({ features: width });
    this.conv3 = convolution(width, 4 * width, 1);
    this.bn3 = new BatchNorm2d({ features: 4 * width });
    this.downsample = projection(inputs, 4 * width, stride);
  }

  protected override residual(x: Tensor, run: Run): Tensor {
    const squeezed = relu(this.bn1.forward(this.conv1.forward(x), run));
    return this.bn3.forward(this.conv3.forward(relu(this.bn2.forward(this.conv2.forward(squeezed), run))), run);
  }
}

/** Residual networks (He et al. 2016), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class ResNet extends Module {
  readonly conv1 = convolution(3, 64, 7, 2);
  readonly bn1 = new BatchNorm2d({ features: 64 });
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly fc: Linear;

  constructor(
    Block: typeof BasicBlock | typeof Bottleneck,
    blocks: readonly [number, number, number, number],
    classes: number,
  ) {
    super();
    let inputs = 64;
    const stage = (i: number): Sequential => {
      const width = 64 * 2 ** i;
      return new Sequential(
        ...Array.from({ length: blocks[i]! }, (_, n) => {
          const block = new Block(inputs, width, n === 0 && i > 0 ? 2 : 1);
          inputs = width * Block.expansion;
          return block;
        }),
      );
    };
    [this.layer1, this.layer2, this.layer3, this.layer4] = [stage(0), stage(1), stage(2), stage(3)];
    this.fc = new Linear({ in: inputs, out: classes });
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const stages = [
      this.conv1,
      this.bn1,
      new ReLU(),
      new MaxPool2d({ kernel: 3, stride: 2, padding: 1 }),
      this.layer1,
      this.layer2,
      this.layer3,
      this.layer4,
      new GlobalAvgPool(),
      new Flatten(),
      this.fc,
    ];
    return new Sequential(...stages).forward(x, run);
  }
}

/** Options of all architectures. */
export interface ArchitectureOptions {
  readonly classes?: number;
}
/** A randomly initialised {@link ResNet} with 18 layers. */
export const resnet18 = ({ classes = 1000 }: ArchitectureOptions = {}): ResNet =>
  new ResNet(BasicBlock, [2, 2, 2, 2], classes);
/** A randomly initialised {@link ResNet} with 34 layers. */
export const resnet34 = ({ classes = 1000 }: ArchitectureOptions = {}): ResNet =>
  new ResNet(BasicBlock, [3, 4, 6, 3], classes);
/** A randomly initialised {@link ResNet} with 50 layers. */
export const resnet50 = ({ classes = 1000 }: ArchitectureOptions = {}): ResNet =>
  new ResNet(Bottleneck, [3, 4, 6, 3], classes);
/** A randomly initialised {@link ResNet} with 101 layers. */
export const resnet101 = ({ classes = 1000 }: ArchitectureOptions = {}): ResNet =>
  new ResNet(Bottleneck, [3, 4, 23, 3], classes);
