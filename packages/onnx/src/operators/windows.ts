import { reshape, type Shape, showShape, type Tensor } from '@graft/tensor';
import type { Attributes } from '../proto/attributes.ts';

/** How a window slides over images: the attributes that Conv, ConvTranspose and the poolings share, for two dimensions. */
export interface Windows {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
}

/** Images of one dimension are images of height 1. @throws where there are more than two */
export function asImages(x: Tensor): Tensor {
  if (x.rank === 4) return x;
  if (x.rank === 3) return reshape(x, [x.shape[0]!, x.shape[1]!, 1, x.shape[2]!]);
  throw new Error(`only one and two dimensions beside batch and channels are supported, and its input is ${showShape(x.shape)}.`);
}

/** The result for {@link asImages}, with as many dimensions as the input had. */
export const likeInput = (y: Tensor, x: Tensor): Tensor => (x.rank === 3 ? reshape(y, [y.shape[0]!, y.shape[1]!, y.shape[3]!]) : y);

/**
 * Reads the window's attributes; `auto_pad` is resolved for this image.
 * @param kernel the weights' own size, where `kernel_shape` may be left out
 */
export function windowsOf(attributes: Attributes, shape: Shape, kernel?: readonly number[]): Windows {
  const one = shape.length === 3;
  const pair = (values: readonly number[] | undefined, otherwise: number): [number, number] => {
    const own = values ?? [otherwise, otherwise];
    return one && own.length === 1 ? [1, own[0]!] : [own[0]!, own[1]!];
  };
  const size = pair(kernel ?? attributes.ints('kernel_shape'), 1);
  const stride = pair(one ? attributes.ints('strides', [1]) : attributes.ints('strides', undefined), 1);
  const dilation = pair(one ? attributes.ints('dilations', [1]) : attributes.ints('dilations', undefined), 1);
  for (const [name, values] of [['kernel_shape', size], ['strides', stride], ['dilations', dilation]] as const)
    if (!values.every((value) => Number.isInteger(value) && value >= 1)) throw new Error(`its ${name} [${values}] must be whole numbers from 1 on.`);
  return { kernel: size, stride, dilation, padding: paddingOf(attributes, one, shape, { kernel: size, stride, dilation }) };
}

function paddingOf(attributes: Attributes, one: boolean, shape: Shape, { kernel, stride, dilation }: Omit<Windows, 'padding'>): Windows['padding'] {
  const auto = attributes.string('auto_pad', 'NOTSET');
  if (auto === 'VALID') return [0, 0, 0, 0];
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const image = one ? [1, shape[2]!] : shape.slice(2);
    // As many windows as strides fit; the odd one goes to the end named.
    const total = [0, 1].map((i) => Math.max(0, (Math.ceil(image[i]! / stride[i]!) - 1) * stride[i]! + (kernel[i]! - 1) * dilation[i]! + 1 - image[i]!));
    const before = total.map((n) => (auto === 'SAME_UPPER' ? Math.floor(n / 2) : Math.ceil(n / 2)));
    return [before[0]!, before[1]!, total[0]! - before[0]!, total[1]! - before[1]!];
  }
  const pads = attributes.ints('pads', one ? [0, 0] : [0, 0, 0, 0]);
  return one ? [0, pads[0]!, 0, pads[1]!] : [pads[0]!, pads[1]!, pads[2]!, pads[3]!];
}
