import { add, conv2d, conv2dInputGrad, pad, reshape, slice, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { asImages, likeInput, windowsOf } from './windows.ts';

const conv = (x: Tensor, w: Tensor, bias: Tensor | undefined, { attributes }: OperatorNode): Tensor => {
  const weight = asImages(w);
  const { stride, dilation, padding } = windowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  return likeInput(conv2d(asImages(x), weight, { bias, stride, dilation, padding, groups: attributes.int('group', 1) }), x);
};

/** A transposed convolution is the gradient of a convolution for its input, whose size is the result's. Weights: [in, out / groups, kh, kw]. */
function convTranspose(x: Tensor, w: Tensor, bias: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const [image, weight] = [asImages(x), asImages(w)];
  const one = x.rank === 3;
  const groups = attributes.int('group', 1);
  // auto_pad speaks of the result here, and is dealt with below.
  const { kernel, stride, dilation } = windowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  const across = (values: readonly number[]): readonly number[] => (one ? [0, values[0]!] : values);
  const extra = across(attributes.ints('output_padding', [0, 0]));
  const wanted = attributes.ints('output_shape', undefined);
  const auto = attributes.string('auto_pad', 'NOTSET');
  const full = [0, 1].map((i) => stride[i]! * (image.shape[i + 2]! - 1) + extra[i]! + (kernel[i]! - 1) * dilation[i]! + 1);
  const beyond = [0, 0]; // what a wanted size has behind the last window
  let pads: readonly number[] = attributes.ints('pads', one ? [0, 0] : [0, 0, 0, 0]);
  if (one) pads = [0, pads[0]!, 0, pads[1]!];
  const target = wanted ? (one ? [1, wanted.at(-1)!] : wanted.slice(-2)) : auto.startsWith('SAME') ? [0, 1].map((i) => image.shape[i + 2]! * stride[i]!) : undefined;
  if (target) {
    const total = target.map((length, i) => Math.max(0, full[i]! - length));
    target.forEach((length, i) => (beyond[i] = Math.max(0, length - full[i]!)));
    const begin = total.map((n) => (auto === 'SAME_UPPER' ? Math.floor(n / 2) : Math.ceil(n / 2)));
    pads = [begin[0]!, begin[1]!, total[0]! - begin[0]!, total[1]! - begin[1]!];
  } else if (auto === 'VALID') pads = [0, 0, 0, 0];
  const channels = weight.shape[1]! * groups;
  // The unpadded result first: padding takes its margins away, and output_padding leaves zeros behind the last window.
  const size = [0, 1].map((i) => full[i]! - extra[i]!);
  const whole = conv2dInputGrad(image, weight, { stride, padding: [0, 0, 0, 0], dilation, groups }, [image.shape[0]!, channels, ...size]);
  const grown = pad(whole, [0, 0, 0, 0], [0, 0, extra[0]! + beyond[0]!, extra[1]! + beyond[1]!]);
  const y = slice(grown, [0, 0, pads[0]!, pads[1]!], [undefined, undefined, full[0]! + beyond[0]! - pads[2]!, full[1]! + beyond[1]! - pads[3]!]);
  return likeInput(bias ? add(y, reshape(bias, [1, -1, 1, 1])) : y, x);
}

export const convolutionOperators: readonly OnnxOperator[] = [
  operator('Conv', 1, ([x, w, bias], node) => conv(x!, w!, bias, node), { inputs: [2, 3] }),
  operator('ConvTranspose', 1, ([x, w, bias], node) => convTranspose(x!, w!, bias, node), { inputs: [2, 3] }),
];
