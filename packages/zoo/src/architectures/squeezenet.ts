import {
  constant,
  Conv2d,
  type ConvOptions,
  Dropout,
  Flatten,
  GlobalAvgPool,
  heUniform,
  inference,
  MaxPool2d,
  Module,
  normal,
  ReLU,
  type Run,
  Sequential,
} from '@graft/layers';
import { concat, relu, scope, type Tensor } from '@graft/tensor';
import type { ArchitectureOptions } from './resnet.ts';

const convolution = (options: ConvOptions): Conv2d =>
  new Conv2d({ initializer: heUniform(), biasInitializer: constant(0), ...options });

/** Fire module: squeezes, then expands with parallel 1×1 and 3×3 convolutions. */
class Fire extends Module {
  readonly squeeze: Conv2d;
  readonly expand1x1: Conv2d;
  readonly expand3x3: Conv2d;

  constructor(inputs: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = convolution({ in: inputs, out: squeezed, kernel: 1 });
    this.expand1x1 = convolution({ in: squeezed, out: expanded, kernel: 1 });
    this.expand3x3 = convolution({ in: squeezed, out: expanded, kernel: 3, padding: 1 });
  }

  override forward(x: Tensor): Tensor {
    return scope(() => {
      const squeezed = relu(this.squeeze.forward(x));
      return concat([relu(this.expand1x1.forward(squeezed)), relu(this.expand3x3.forward(squeezed))], 1);
    });
  }
}

/** SqueezeNet 1.1 (Iandola et al. 2016), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class SqueezeNet extends Module {
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor({ classes = 1000 }: ArchitectureOptions = {}) {
    super();
    const pool = (): MaxPool2d => new MaxPool2d({ kernel: 3, stride: 2, ceilMode: true });
    this.features = new Sequential(
      convolution({ in: 3, out: 64, kernel: 3, stride: 2 }),
      new ReLU(),
      pool(),
      new Fire(64, 16, 64),
      new Fire(128, 16, 64),
      pool(),
      new Fire(128, 32, 128),
      new Fire(256, 32, 128),
      pool(),
      new Fire(256, 48, 192),
      new Fire(384, 48, 192),
      new Fire(384, 64, 256),
      new Fire(512, 64, 256),
    );
    this.classifier = new Sequential(
      new Dropout(),
      convolution({ in: 512, out: classes, kernel: 1, initializer: normal(0.01) }),
      new ReLU(),
      new GlobalAvgPool(),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(this.features, this.classifier, new Flatten()).forward(x, run);
  }
}
/** A randomly initialised {@link SqueezeNet}. */
export const squeezeNet1_1 = (options?: ArchitectureOptions): SqueezeNet => new SqueezeNet(options);
