import {
  add,
  gather,
  integers,
  max,
  mean,
  mul,
  reshape,
  stack,
  type Tensor,
  tensor,
  toArray,
  transpose,
  showShape,
} from '@graft/tensor';
import {
  checkListed,
  checkSize,
  integersOf,
  numbersOf,
  type OnnxOperator,
  operator,
  type OperatorNode,
} from '../operator.ts';

/** One tap of every sampled point: element indices and weights. */
interface Tap {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/** Weighted sums of elements of [rows, plane] at the same positions in every row. */
function sampled(rows: Tensor, taps: readonly Tap[]): Tensor {
  return taps
    .map(({ places, weights }) =>
      mul(
        gather(rows, integers(places), 1),
        tensor(toArray(weights, rows.dtype), { shape: [1, weights.length], dtype: rows.dtype, backend: rows.backend }),
      ),
    )
    .reduce(add);
}

/** RoI align: means (or maxima) of points sampled in each bin of each region (He et al. 2017): [regions, channels, h, w]. */
function roiAlign(
  [x, rois, batches]: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
  halfPixel: boolean,
): Tensor {
  if (x!.rank !== 4)
    throw new Error(`its input must be [batch, channels, height, width], but has the shape ${showShape(x!.shape)}.`);
  const [, channels, height, width] = x!.shape as [number, number, number, number];
  const [h, w] = [attributes.int('output_height', 1), attributes.int('output_width', 1)];
  const [ratio, scale] = [attributes.int('sampling_ratio', 0), attributes.float('spatial_scale', 1)];
  const shift = halfPixel ? 0.5 : 0;
  const greatest = attributes.string('mode', 'avg') === 'max';
  const edges = numbersOf(rois!, 'rois').map((edge) => edge * scale - shift);
  const regions = integersOf(batches!, 'batch_indices').map((n, i) => {
    const [x0, y0, x1, y1] = edges.slice(4 * i, 4 * i + 4) as [number, number, number, number];
    const [roiWidth, roiHeight] = [x1 - x0, y1 - y0].map((size) => (halfPixel ? size : Math.max(size, 1))) as [
      number,
      number,
    ];
    const [ny, nx] = [ratio || Math.ceil(roiHeight / h), ratio || Math.ceil(roiWidth / w)];
    checkListed([channels, h, w, ny, nx]);
    const perPoint = Array.from({ length: h * w * ny * nx }, (_, at) => {
      const [sx, sy, bx, by] = [
        at % nx,
        Math.floor(at / nx) % ny,
        Math.floor(at / (nx * ny)) % w,
        Math.floor(at / (nx * ny * w)),
      ];
      return pointTaps(
        x0 + ((bx + (sx + 0.5) / nx) * roiWidth) / w,
        y0 + ((by + (sy + 0.5) / ny) * roiHeight) / h,
        width,
        height,
      );
    });
    const taps = [0, 1, 2, 3].map((k): Tap => ({
      places: perPoint.map((list) => list[k]![0]),
      weights: perPoint.map((list) => list[k]![1]),
    }));
    const image = reshape(gather(x!, integers([n])), [channels, height * width]);
    // The maximum is taken over the weighted corners, as in the specification's examples.
    const points = greatest ? max(stack(taps.map((tap) => sampled(image, [tap]))), 0) : sampled(image, taps);
    const bins = reshape(points, [channels, h, w, ny * nx]);
    return greatest ? max(bins, -1) : mean(bins, -1);
  });
  return stack(regions);
}

/** The four elements around a point and their weights; a point more than one element outside the image counts as 0. */
function pointTaps(x: number, y: number, width: number, height: number): (readonly [place: number, weight: number])[] {
  if (y < -1 || y > height || x < -1 || x > width) return Array.from({ length: 4 }, () => [0, 0] as const);
  const around = (at: number, length: number): [number, number, number] => {
    const own = Math.min(Math.max(at, 0), length - 1);
    const first = Math.min(Math.floor(own), length - 1);
    return [first, Math.min(first + 1, length - 1), own - first];
  };
  const [left, right, fx] = around(x, width);
  const [top, bottom, fy] = around(y, height);
  return [
    [top * width + left, (1 - fy) * (1 - fx)],
    [top * width + right, (1 - fy) * fx],
    [bottom * width + left, fy * (1 - fx)],
    [bottom * width + right, fy * fx],
  ];
}

/** RoI pooling: the maximum of each bin of each region (Girshick 2015): [regions, channels, h, w]. Regions are rows of an image index and two corners. */
function maxRoiPool(x: Tensor, rois: Tensor, { attributes }: OperatorNode): Tensor {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const [h, w] = attributes.ints('pooled_shape') as [number, number];
  const scale = attributes.float('spatial_scale', 1);
  if (rois.rank !== 2 || rois.shape[1] !== 5)
    throw new Error(`its regions of [${rois.shape}] must be rows of five numbers.`);
  if (!(h >= 1 && w >= 1)) throw new Error(`its pooled_shape [${h}, ${w}] must be two positive integers.`);
  const count = rois.shape[0]!;
  checkSize([count, channels, h, w]);
  const edges = numbersOf(rois, 'rois');
  const bins = Array.from({ length: count * h * w }, (_, i) => {
    const [n, x0, y0, x1, y1] = edges
      .slice(5 * Math.floor(i / (h * w)), 5 * Math.floor(i / (h * w)) + 5)
      .map((edge, k) => (k ? Math.round(edge * scale) : edge)) as [number, number, number, number, number];
    const span = (at: number, start: number, end: number, parts: number, length: number): [number, number] => {
      const size = Math.max(end - start + 1, 1) / parts;
      return [Math.floor(at * size) + start, Math.ceil((at + 1) * size) + start].map((edge) =>
        Math.min(Math.max(edge, 0), length),
      ) as [number, number];
    };
    return { n, rows: span(Math.floor(i / w) % h, y0, y1, h, height), columns: span(i % w, x0, x1, w, width) };
  });
  const sizes = bins.map(({ rows, columns }) => (rows[1] - rows[0]) * (columns[1] - columns[0]));
  const most = sizes.reduce((a, b) => Math.max(a, b), 1);
  checkSize([bins.length, channels, most]);
  // Bins differ in size: smaller ones repeat their first element.
  const places = bins.flatMap(({ n, rows, columns }, i) =>
    Array.from({ length: most }, (_, k) => {
      const [own, across] = [k < sizes[i]! ? k : 0, Math.max(1, columns[1] - columns[0])];
      return sizes[i]
        ? n * height * width + (rows[0] + Math.floor(own / across)) * width + columns[0] + (own % across)
        : 0;
    }),
  );
  const pixels = reshape(transpose(x, [0, 2, 3, 1]), [-1, channels]);
  const greatest = max(gather(pixels, integers(places, [bins.length, most])), 1);
  const filled = mul(
    greatest,
    tensor(
      toArray(
        sizes.map((size) => Number(size > 0)),
        x.dtype,
      ),
      { shape: [bins.length, 1], dtype: x.dtype, backend: x.backend },
    ),
  );
  return transpose(reshape(filled, [count, h, w, channels]), [0, 3, 1, 2]);
}

export const regionOperators: readonly OnnxOperator[] = [
  operator('MaxRoiPool', 1, ([x, rois], node) => maxRoiPool(x!, rois!, node), { inputs: 2, steering: [1] }),
  operator('RoiAlign', 10, (inputs, node) => roiAlign(inputs, node, false), { inputs: 3, steering: [1, 2] }),
  operator(
    'RoiAlign',
    16,
    (inputs, node) =>
      roiAlign(inputs, node, node.attributes.string('coordinate_transformation_mode', 'half_pixel') === 'half_pixel'),
    { inputs: 3, steering: [1, 2] },
  ),
];
