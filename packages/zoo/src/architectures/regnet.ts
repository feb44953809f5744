import {
  constant,
  Flatten,
  GlobalAvgPool,
  inference,
  Linear,
  Module,
  normal,
  ReLU,
  type Run,
  Sequential,
  Sigmoid,
} from '@graft/layers';
import { add, relu, scope, type Tensor } from '@graft/tensor';
import { convolutionNorm } from './convolution-norm.ts';
import type { ArchitectureOptions } from './resnet.ts';
import { SqueezeExcitation } from './squeeze-excitation.ts';

/** A convolution whose weights have the deviation √(2 / (kernel² · out)), and batch norm. */
const convolution = (
  inputs: number,
  out: number,
  options: { kernel: number; stride?: number; groups?: number; activation?: Module },
): Sequential =>
  convolutionNorm(inputs, out, { ...options, initializer: normal(Math.sqrt(2 / (options.kernel ** 2 * out))) });

/** A grouped 3×3 convolution between two 1×1 ones, added to the input or its projection. */
class ResBottleneckBlock extends Module {
  readonly proj: Sequential | undefined;
  readonly f: ReadonlyMap<string, Module>;

  constructor(inputs: number, out: number, stride: number, { groupWidth, squeeze = 0 }: Stages) {
    super();
    const activation = new ReLU();
    this.proj = inputs === out && stride === 1 ? undefined : convolution(inputs, out, { kernel: 1, stride });
    this.f = new Map<string, Module>([
      ['a', convolution(inputs, out, { kernel: 1, activation })],
      ['b', convolution(out, out, { kernel: 3, stride, groups: out / groupWidth, activation })],
      ...(squeeze
        ? [
            [
              'se',
              new SqueezeExcitation({
                channels: out,
                squeezed: Math.round(squeeze * inputs),
                activation,
                gate: new Sigmoid(),
                initializer: normal(Math.sqrt(2 / out)),
              }),
            ] as const,
          ]
        : []),
      ['c', convolution(out, out, { kernel: 1 })],
    ]);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => relu(add(this.proj?.forward(x, run) ?? x, new Sequential(...this.f.values()).forward(x, run))));
  }
}

/** Channels and blocks of each stage, channels of a group, and the fraction of channels to which squeeze-and-excitation squeezes. */
interface Stages {
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  readonly groupWidth: number;
  readonly squeeze?: number;
}

/** A network of the space of RegNets (Radosavovic et al. 2020), with torchvision's parameter names: [batch, 3, height, width] → [batch, classes]. */
export class RegNet extends Module {
  readonly stem = convolution(3, 32, { kernel: 3, stride: 2, activation: new ReLU() });
  /** Blocks of each stage by their names in torchvision: `block1.block1-0`. */
  readonly trunk_output: ReadonlyMap<string, ReadonlyMap<string, ResBottleneckBlock>>;
  readonly fc: Linear;

  constructor(stages: Stages, { classes = 1000 }: ArchitectureOptions = {}) {
    super();
    let inputs = 32;
    this.trunk_output = new Map(
      stages.widths.map((width, stage) => [
        `block${stage + 1}`,
        new Map(
          Array.from({ length: stages.depths[stage]! }, (_, i) => {
            const block = new ResBottleneckBlock(inputs, width, i === 0 ? 2 : 1, stages);
            inputs = width;
            return [`block${stage + 1}-${i}`, block];
          }),
        ),
      ]),
    );
    this.fc = new Linear({ in: inputs, out: classes, initializer: normal(0.01), biasInitializer: constant(0) });
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    const blocks = [...this.trunk_output.values()].flatMap((stage) => [...stage.values()]);
    return new Sequential(this.stem, ...blocks, new GlobalAvgPool(), new Flatten(), this.fc).forward(x, run);
  }
}

/** A randomly initialised {@link RegNet} X with 400 million multiply-adds. */
export const regNetX400mf = (options?: ArchitectureOptions): RegNet =>
  new RegNet({ widths: [32, 64, 160, 400], depths: [1, 2, 7, 12], groupWidth: 16 }, options);
/** A randomly initialised {@link RegNet} Y, which has squeeze-and-excitation, with 400 million multiply-adds. */
export const regNetY400mf = (options?: ArchitectureOptions): RegNet =>
  new RegNet({ widths: [48, 104, 208, 440], depths: [1, 3, 6, 6], groupWidth: 8, squeeze: 0.25 }, options);

/** The names of timm: `s1.b1.conv1.conv.weight`. */
export const regNetNames = (name: string): string => {
  const [whole, stage, block, part, rest] = /^s(\d+)\.b(\d+)\.(conv[123]|se|downsample)\.(.+)$/.exec(name) ?? [];
  const numbered = (path: string): string => path.replace(/^conv\./, '0.').replace(/^bn\./, '1.');
  if (whole !== undefined)
    return `trunk_output.block${stage}.block${stage}-${Number(block) - 1}.${places[part!]}.${numbered(rest!)}`;
  return name.replace(/^head\.fc\./, 'fc.').replace(/^stem\.(.+)$/, (_, path: string) => `stem.${numbered(path)}`);
};
const places: Readonly<Record<string, string>> = {
  conv1: 'f.a',
  conv2: 'f.b',
  conv3: 'f.c',
  se: 'f.se',
  downsample: 'proj',
};
