import { blank, type Image, imageTransform, numberOption, readOptions, type Transform } from '@graft/data';
import type { Random } from '@graft/tensor';
import { type Fill, fillOption } from './fill.ts';
import { applyOne, bits, enhancements, repeated, type Space, threshold, unscaled, upTo } from './operations.ts';

/** Options of {@link augMix}. */
export interface AugMixOptions {
  /** Strength of the operations, 1 to 10; default 3. */
  readonly severity?: number;
  /** Number of chains of operations; default 3. */
  readonly width?: number;
  /** Operations per chain; by default 1 to 3, at random. */
  readonly depth?: number;
  /** Parameter of the Dirichlet and beta distributions from which weights are drawn; default 1. */
  readonly alpha?: number;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

const { identity: _, ...always } = unscaled;
export const augMixSpace: Space = {
  ...always,
  ...enhancements(0.9),
  shearX: upTo(0.3),
  shearY: upTo(0.3),
  rotate: upTo(30),
  translateX: (share, { width }) => (width / 3) * share,
  translateY: (share, { height }) => (height / 3) * share,
  posterize: bits(4, 4),
  solarize: threshold,
};

/** Mixes an image with the results of several random chains of operations (Hendrycks et al. 2020, with the ranges of torchvision's `AugMix`). Annotations are not moved. */
export function augMix(options: AugMixOptions = {}): Transform<Image> {
  const { severity, width, depth, alpha, fill } = readOptions('augMix', options, {
    severity: numberOption(3, { min: 1, max: 10, integer: true }),
    width: numberOption(3, { min: 1, max: 100, integer: true }),
    depth: numberOption(0, { min: 0, max: 100, integer: true }),
    alpha: numberOption(1, { min: 1e-2, max: 1e3 }),
    fill: fillOption,
  });
  return imageTransform('augMix', async (image, random) => {
    const [own, mixed] = dirichlet(2, alpha, random) as [number, number];
    const weights = dirichlet(width, alpha, random);
    const plain: Image = { data: image.data, width: image.width, height: image.height, channels: image.channels };
    const sum = Float32Array.from(image.data, (value) => own * value);
    for (const weight of weights) {
      const { data } = await repeated(plain, depth || 1 + random.int(3), (current) =>
        applyOne(augMixSpace, current, (stream) => stream.int(severity) / 9, fill, random),
      );
      for (let i = 0; i < sum.length; i++) sum[i]! += mixed * weight * data[i]!;
    }
    const data = blank(image, image.width, image.height);
    const rounding = data instanceof Uint8Array ? 0.5 : 0;
    for (let i = 0; i < data.length; i++) data[i] = sum[i]! + rounding;
    return { ...image, data };
  });
}

/** Weights from a Dirichlet distribution, drawn as normalised gamma variates. */
export function dirichlet(length: number, alpha: number, random: Random): number[] {
  const variates = Array.from({ length }, () => random.gamma(alpha));
  const total = variates.reduce((sum, value) => sum + value, 0);
  return variates.map((value) => (total > 0 ? value / total : 1 / length));
}
