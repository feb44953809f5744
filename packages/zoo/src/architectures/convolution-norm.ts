import { BatchNorm2d, Conv2d, heNormal, type Initializer, type Module, Sequential } from '@graft/layers';

/** Options of {@link convolutionNorm}. */
interface ConvolutionNormOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: Module;
  /** Of the batch norm. */
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly initializer?: Initializer;
}

/** A padded convolution without bias, batch norm and an activation, named 0, 1 and 2 as in torchvision. */
export const convolutionNorm = (
  inputs: number,
  out: number,
  {
    kernel,
    stride = 1,
    groups = 1,
    activation,
    epsilon = 1e-5,
    momentum = 0.1,
    initializer = heNormal('fanOut'),
  }: ConvolutionNormOptions,
): Sequential =>
  new Sequential(
    new Conv2d({ in: inputs, out, kernel, stride, groups, padding: (kernel - 1) / 2, bias: false, initializer }),
    new BatchNorm2d({ features: out, epsilon, momentum }),
    ...(activation ? [activation] : []),
  );
