import { add, gather, integers, max, mean, mul, reshape, stack, type Tensor, tensor, toArray } from '@graft/tensor';
import { checkListed, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { cubicWeight } from './resize.ts';

/** Elements of an image and what each weighs: one tap of every sampled point. */
interface Tap {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/** Weighted sums of elements of [rows, plane] at the same places in every row. */
function sampled(rows: Tensor, taps: readonly Tap[]): Tensor {
  return taps.map(({ places, weights }) => mul(gather(rows, integers(places), 1), tensor(toArray(weights, rows.dtype), { shape: [1, weights.length], dtype: rows.dtype, backend: rows.backend }))).reduce(add);
}

type Padding = (at: number, length: number) => number | undefined;
const mirrored = (x: number, least: number, most: number): number => {
  const range = most - least;
  if (range <= 0) return least;
  const distance = Math.abs(x - least) % (2 * range);
  return least + Math.min(distance, 2 * range - distance);
};

/** Values of images [batch, channels, height, width] at points [batch, h, w, 2] given from -1 to 1. */
function gridSample(x: Tensor, grid: Tensor, { attributes }: OperatorNode): Tensor {
  if (!grid.backend.view) throw new Error('where to sample depends on computed values, which are not known ahead.');
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [, h, w] = grid.shape as [number, number, number, number];
  if (x.rank !== 4 || grid.rank !== 4) throw new Error(`it wants images and a grid in four dimensions, got [${x.shape}] and [${grid.shape}]: too few dimensions or too many.`);
  checkListed([batch, channels, h, w]);
  const corners = attributes.int('align_corners', 0) === 1;
  const padding = attributes.string('padding_mode', 'zeros');
  const asked = attributes.string('mode', 'bilinear');
  const mode = { linear: 'bilinear', cubic: 'bicubic' }[asked] ?? asked; // as version 20 calls them
  const inside: Padding = (at, length) => {
    if (padding === 'border') return Math.min(Math.max(at, 0), length - 1);
    if (padding === 'reflection') return Math.min(Math.max(Math.round(mirrored(at, corners ? 0 : -0.5, corners ? length - 1 : length - 0.5)), 0), length - 1);
    return at >= 0 && at < length ? at : undefined;
  };
  const coordinate = (value: number, length: number): number => {
    const at = corners ? ((value + 1) / 2) * (length - 1) : ((value + 1) * length - 1) / 2;
    if (mode === 'bicubic') return at;
    if (padding === 'border') return Math.min(Math.max(at, 0), length - 1);
    return padding === 'reflection' ? Math.min(Math.max(mirrored(at, corners ? 0 : -0.5, corners ? length - 1 : length - 0.5), 0), length - 1) : at;
  };
  const points = grid.numbers();
  const images = Array.from({ length: batch }, (_, n) => {
    const perPoint = Array.from({ length: h * w }, (_unused, i) => {
      const at = (n * h * w + i) * 2;
      return tapsAround(coordinate(points[at]!, width), coordinate(points[at + 1]!, height), mode);
    });
    const taps = Array.from({ length: perPoint[0]!.length }, (_unused, k): Tap => {
      const found = perPoint.map((list) => {
        const [column, row, weight] = list[k]!;
        const [c, r] = [inside(column, width), inside(row, height)];
        return c === undefined || r === undefined ? ([0, 0] as const) : ([r * width + c, weight] as const);
      });
      return { places: found.map(([place]) => place), weights: found.map(([, weight]) => weight) };
    });
    return reshape(sampled(reshape(gather(x, integers([n])), [channels, height * width]), taps), [channels, h, w]);
  });
  return stack(images);
}

/** Columns, rows and weights that make up the value at a point. */
function tapsAround(x: number, y: number, mode: string): (readonly [column: number, row: number, weight: number])[] {
  const even = (v: number): number => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
  if (mode === 'nearest') return [[even(x), even(y), 1]];
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const along = (at: number, first: number): [number, number][] =>
    mode === 'bicubic' ? [-1, 0, 1, 2].map((i) => [first + i, cubicWeight(at - first - i, -0.75)]) : [[first, 1 - (at - first)], [first + 1, at - first]];
  return along(y, top).flatMap(([row, wy]) => along(x, left).map(([column, wx]) => [column, row, wx * wy] as const));
}

/** Means (or greatest values) of points spread over each bin of each region (He et al. 2017): [regions, channels, h, w]. */
function roiAlign([x, rois, batches]: readonly (Tensor | undefined)[], { attributes }: OperatorNode, halfPixel: boolean): Tensor {
  const [, channels, height, width] = x!.shape as [number, number, number, number];
  const [h, w] = [attributes.int('output_height', 1), attributes.int('output_width', 1)];
  const [ratio, scale] = [attributes.int('sampling_ratio', 0), attributes.float('spatial_scale', 1)];
  const shift = halfPixel ? 0.5 : 0;
  const greatest = attributes.string('mode', 'avg') === 'max';
  const edges = rois!.numbers().map((edge) => edge * scale - shift);
  const regions = integersOf(batches!, 'batch_indices').map((n, i) => {
    const [x0, y0, x1, y1] = edges.slice(4 * i, 4 * i + 4) as [number, number, number, number];
    const [roiWidth, roiHeight] = [x1 - x0, y1 - y0].map((size) => (halfPixel ? size : Math.max(size, 1))) as [number, number];
    const [ny, nx] = [ratio || Math.ceil(roiHeight / h), ratio || Math.ceil(roiWidth / w)];
    checkListed([channels, h, w, ny, nx]);
    const perPoint = Array.from({ length: h * w * ny * nx }, (_, at) => {
      const [sx, sy, bx, by] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny)) % w, Math.floor(at / (nx * ny * w))];
      return pointTaps(x0 + ((bx + (sx + 0.5) / nx) * roiWidth) / w, y0 + ((by + (sy + 0.5) / ny) * roiHeight) / h, width, height);
    });
    const taps = [0, 1, 2, 3].map((k): Tap => ({ places: perPoint.map((list) => list[k]![0]), weights: perPoint.map((list) => list[k]![1]) }));
    const image = reshape(gather(x!, integers([n])), [channels, height * width]);
    // The greatest is taken over the weighed corners, as the specification's own examples have it.
    const points = greatest ? max(stack(taps.map((tap) => sampled(image, [tap]))), 0) : sampled(image, taps);
    const bins = reshape(points, [channels, h, w, ny * nx]);
    return greatest ? max(bins, -1) : mean(bins, -1);
  });
  return stack(regions);
}

/** The four elements around a point and their shares; a point beyond the image by more than one element counts as 0. */
function pointTaps(x: number, y: number, width: number, height: number): (readonly [place: number, weight: number])[] {
  if (y < -1 || y > height || x < -1 || x > width) return Array.from({ length: 4 }, () => [0, 0] as const);
  const around = (at: number, length: number): [number, number, number] => {
    const own = Math.min(Math.max(at, 0), length - 1);
    const first = Math.min(Math.floor(own), length - 1);
    return [first, Math.min(first + 1, length - 1), own - first];
  };
  const [left, right, fx] = around(x, width);
  const [top, bottom, fy] = around(y, height);
  return [[top * width + left, (1 - fy) * (1 - fx)], [top * width + right, (1 - fy) * fx], [bottom * width + left, fy * (1 - fx)], [bottom * width + right, fy * fx]];
}

export const samplingOperators: readonly OnnxOperator[] = [
  operator('GridSample', 16, ([x, grid], node) => gridSample(x!, grid!, node), { inputs: 2, steering: [1] }),
  operator('RoiAlign', 10, (inputs, node) => roiAlign(inputs, node, false), { inputs: 3, steering: [1, 2] }),
  operator('RoiAlign', 16, (inputs, node) => roiAlign(inputs, node, node.attributes.string('coordinate_transformation_mode', 'half_pixel') === 'half_pixel'), { inputs: 3, steering: [1, 2] }),
];
