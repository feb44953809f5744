import {
  affineGrid,
  apply,
  axisOf,
  GatherGrad,
  integers,
  narrow,
  pad,
  reshape,
  sizeOf,
  stridesOf,
  type Tensor,
} from '@graft/tensor';
import { checkListed, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** Crops a tensor around its centre to a given size, or pads it with zeros. */
function centered(x: Tensor, wanted: readonly number[], { attributes }: OperatorNode): Tensor {
  const axes = attributes
    .ints(
      'axes',
      x.shape.map((_, i) => i),
    )
    .map((axis) => axisOf(axis, x.rank));
  if (axes.length !== wanted.length)
    throw new Error(`its shape [${wanted}] must have a size for each of the axes [${axes}].`);
  checkListed(x.shape.map((dim, i) => (axes.includes(i) ? wanted[axes.indexOf(i)]! : dim)));
  return axes.reduce((y, axis, i) => {
    const more = wanted[i]! - y.shape[axis]!;
    if (more < 0) return narrow(y, axis, Math.floor(-more / 2), wanted[i]!);
    const at = (n: number): number[] => y.shape.map((_, d) => (d === axis ? n : 0));
    return pad(y, at(Math.floor(more / 2)), at(more - Math.floor(more / 2)));
  }, x);
}

/** Sums blocks [batch, channels · block, blocks] back into the image they were taken from. */
function columnsToImage(
  x: Tensor,
  image: readonly number[],
  block: readonly number[],
  { attributes }: OperatorNode,
): Tensor {
  const ones = image.map(() => 1);
  const [stride, dilation] = [attributes.ints('strides', ones), attributes.ints('dilations', ones)];
  const pads = attributes.ints(
    'pads',
    [...image, ...image].map(() => 0),
  );
  const size = image.map((dim, i) => dim + pads[i]! + pads[i + image.length]!);
  const counts = size.map((dim, i) => Math.floor((dim - dilation[i]! * (block[i]! - 1) - 1) / stride[i]!) + 1);
  const [taps, blocks] = [sizeOf(block), sizeOf(counts)];
  const channels = x.shape[1]! / taps;
  if (!Number.isInteger(channels) || x.shape[2] !== blocks || counts.some((count) => count < 1))
    throw new Error(`blocks of [${block}] from an image of [${image}] do not match [${x.shape}].`);
  checkListed([x.shape[0]!, channels, ...size]);
  const [inBlock, inCounts, inImage] = [stridesOf(block), stridesOf(counts), stridesOf(size)];
  const places = Array.from({ length: taps * blocks }, (_, at) => {
    const [tap, one] = [Math.floor(at / blocks), at % blocks];
    return inImage.reduce(
      (sum, step, d) =>
        sum +
        ((Math.floor(tap / inBlock[d]!) % block[d]!) * dilation[d]! +
          (Math.floor(one / inCounts[d]!) % counts[d]!) * stride[d]!) *
          step,
      0,
    );
  });
  const rows = reshape(x, [x.shape[0]! * channels, taps * blocks]);
  const whole = reshape(
    apply(GatherGrad, [rows, integers(places)], { axis: 1, shape: [x.shape[0]! * channels, sizeOf(size)] }),
    [x.shape[0]!, channels, ...size],
  );
  return pad(
    whole,
    [0, 0, ...pads.slice(0, image.length).map((n) => -n)],
    [0, 0, ...pads.slice(image.length).map((n) => -n)],
  );
}

function affine(theta: Tensor, size: readonly number[], { attributes }: OperatorNode): Tensor {
  const image = size.slice(2);
  checkListed([...image, theta.shape[0]!, image.length]);
  return affineGrid(theta, image, { alignCorners: attributes.int('align_corners', 0) === 1 });
}

export const imageOperators: readonly OnnxOperator[] = [
  operator('CenterCropPad', 18, ([x, shape], node) => centered(x!, integersOf(shape!, 'shape'), node), {
    inputs: 2,
    steering: [1],
  }),
  operator(
    'Col2Im',
    18,
    ([x, image, block], node) =>
      columnsToImage(x!, integersOf(image!, 'image_shape'), integersOf(block!, 'block_shape'), node),
    { inputs: 3, steering: [1, 2] },
  ),
  operator('AffineGrid', 20, ([theta, size], node) => affine(theta!, integersOf(size!, 'size'), node), {
    inputs: 2,
    steering: [1],
  }),
];
