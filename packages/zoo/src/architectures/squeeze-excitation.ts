import { Conv2d, GlobalAvgPool, type Initializer, inference, Module, type Run, Sequential } from '@graft/layers';
import { mul, scope, type Tensor } from '@graft/tensor';

/** Options of {@link SqueezeExcitation}. */
interface SqueezeExcitationOptions {
  readonly channels: number;
  readonly squeezed: number;
  /** Between the two convolutions. */
  readonly activation: Module;
  /** After both: the factor of each channel. */
  readonly gate: Module;
  readonly initializer?: Initializer;
  readonly biasInitializer?: Initializer;
}

/** Scales channels by factors computed from their means, with torchvision's parameter names (Hu et al. 2018): the shape [batch, channels, height, width] is kept. */
export class SqueezeExcitation extends Module {
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;
  private readonly activation: Module;
  private readonly gate: Module;

  constructor({ channels, squeezed, activation, gate, ...initializers }: SqueezeExcitationOptions) {
    super();
    this.fc1 = new Conv2d({ in: channels, out: squeezed, kernel: 1, ...initializers });
    this.fc2 = new Conv2d({ in: squeezed, out: channels, kernel: 1, ...initializers });
    this.activation = activation;
    this.gate = gate;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const factors = new Sequential(new GlobalAvgPool(), this.fc1, this.activation, this.fc2, this.gate);
    return scope(() => mul(x, factors.forward(x, run)));
  }
}
