import {
  BatchNorm2d,
  constant,
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

const convolution = (inputs: number, out: number, kernel: number, stride = 1, groups = 1): Conv2d =>
  new Conv2d({
    in: inputs,
    out,
    kernel,
    stride,
    groups,
    padding: (kernel - 1) / 2,
    bias: false,
    initializer: heNormal('fanOut'),
  });
const activated = (inputs: number, out: number, kernel: number, stride = 1, groups = 1): Sequential =>
  new Sequential(convolution(inputs, out, kernel, stride, groups), new BatchNorm2d({ features: out }), new ReLU6());

/** Inverted residual block: expands, filters depthwise, projects; adds the input if the shape is unchanged. */
class InvertedResidual extends Module {
  readonly conv: Sequential;
  private readonly residual: boolean;

  constructor(inputs: number, out: number, stride: number, expansion: number) {
    super();
    const hidden = inputs * expansion;
    this.residual = stride === 1 && inputs === out;
    this.conv = new Sequential(
      ...(expansion === 1 ? [] : [activated(inputs, hidden, 1)]),
      activated(hidden, hidden, 3, stride, hidden),
      convolution(hidden, out, 1),
      new BatchNorm2d({ features: out }),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return this.residual ? scope(() => add(x, this.conv.forward(x, run))) : this.conv.forward(x, run);
  }
}

/** Expansion, channels, repeats and first stride of each stage. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Inverted residuals with linear bottlenecks (Sandler et al. 2018), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class MobileNetV2 extends Module {
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor({ classes = 1000 }: ArchitectureOptions = {}) {
    super();
    let inputs = 32;
    const blocks = stages.flatMap(([expansion, out, repeats, first]) =>
      Array.from({ length: repeats }, (_, i) => {
        const block = new InvertedResidual(inputs, out, i === 0 ? first : 1, expansion);
        inputs = out;
        return block;
      }),
    );
    this.features = new Sequential(activated(3, 32, 3, 2), ...blocks, activated(inputs, 1280, 1));
    this.classifier = new Sequential(
      new Dropout({ probability: 0.2 }),
      new Linear({ in: 1280, out: classes, initializer: normal(0.01), biasInitializer: constant(0) }),
    );
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return new Sequential(this.features, new GlobalAvgPool(), new Flatten(), this.classifier).forward(x, run);
  }
}
/** A randomly initialised {@link MobileNetV2}. */
export const mobileNetV2 = (options?: ArchitectureOptions): MobileNetV2 => new MobileNetV2(options);

/** The names of timm: `blocks.1.0.conv_dw.weight` is the depthwise convolution of the first block in the second stage. */
export const mobileNetV2Names = (name: string): string => {
  const [whole, stage, index, part, rest] = /^blocks\.(\d+)\.(\d+)\.(\w+)\.(.+)$/.exec(name) ?? [];
  if (whole !== undefined) {
    const before = stages.slice(0, Number(stage)).reduce((sum, [, , repeats]) => sum + repeats, 0);
    const place = (stage === '0' ? separable : inverted)[part!];
    return `features.${1 + before + Number(index)}.conv.${place ?? part}.${rest}`;
  }
  return name
    .replace(/^conv_stem\./, 'features.0.0.')
    .replace(/^bn1\./, 'features.0.1.')
    .replace(/^conv_head\./, 'features.18.0.')
    .replace(/^bn2\./, 'features.18.1.')
    .replace(/^classifier\.(weight|bias)$/, 'classifier.1.$1');
};

/** Places of a block's layers by their names in timm. */
const separable: Readonly<Record<string, string>> = { conv_dw: '0.0', bn1: '0.1', conv_pw: '1', bn2: '2' };
const inverted: Readonly<Record<string, string>> = {
  conv_pw: '0.0',
  bn1: '0.1',
  conv_dw: '1.0',
  bn2: '1.1',
  conv_pwl: '2',
  bn3: '3',
};
