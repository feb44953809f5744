import { centerCrop, type GeometricTransform, resize, resizeToFit } from '@graft/augment';
import { compose, type Image, type Transform } from '@graft/data';
import type { Preprocessing } from '@graft/zoo';
import type { Objective } from '../objective.ts';

/** How an image gets the size of a network's input. */
export type ImageResize = Required<Pick<Preprocessing, 'resize' | 'shortestSide' | 'kernel'>>;

type Size = Pick<Preprocessing, 'width' | 'height'>;

/** The part of the scaled image that is used by default, as torchvision does for ImageNet. */
const usualShare = 7 / 8;

/** The shorter side of the image of which `share` is used. */
export const sideBefore = ({ width, height }: Size, share = usualShare): number =>
  Math.round(Math.min(width, height) / share);

/**
 * How images are resized if nothing says it: the centre of a photograph is used; the whole image if the target depends on it, the network reads text or its input is
 * oblong.
 */
export function resizeOf(
  { width, height, polarity, resize, shortestSide, kernel = 'bilinear' }: Preprocessing,
  { extent }: Objective['preserves'],
): ImageResize {
  const size = { width, height };
  const isWhole = extent || polarity !== undefined || width !== height;
  const kind = resize ?? (isWhole ? 'squash' : 'crop');
  const usual = kind === 'crop' && resize === undefined ? sideBefore(size) : Math.min(width, height);
  return { resize: kind, shortestSide: Math.max(shortestSide ?? usual, Math.min(width, height)), kernel };
}

/** Resizes images for evaluation and prediction. */
export function evaluationResize({ width, height, mean, ...how }: Preprocessing & ImageResize): Transform<Image> {
  const { kernel, shortestSide } = how;
  const size = { width, height };
  const scaled = scaledSize({ width, height, shortestSide });
  const isScaled = scaled.width !== width || scaled.height !== height;
  if (how.resize === 'pad') {
    const fill = barsOf(mean);
    const whole = resizeToFit({ size: scaled, kernel, fill });
    return isScaled ? compose(whole, centerCrop({ size, fill })) : whole;
  }
  if (how.resize === 'squash')
    return isScaled ? compose(resize({ size: scaled, kernel }), centerCrop({ size })) : resize({ size, kernel });
  if (width === height) return compose(resize({ shortestSide, kernel }), centerCrop({ size }));
  return compose(covering(scaled, kernel), centerCrop({ size }));
}

/** The size that the whole image is scaled to, or that it covers, before its centre is used. */
export function scaledSize({ width, height, shortestSide }: Size & Pick<ImageResize, 'shortestSide'>): Size {
  const factor = shortestSide / Math.min(width, height);
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}

/** The colour of bars: the mean, which is 0 after normalisation. */
export const barsOf = (mean: readonly number[]): number[] =>
  mean.map((one) => Math.min(255, Math.max(0, Math.round(255 * one))));

/** Scales an image in proportion to the smallest size that covers another one. */
const covering =
  ({ width, height }: Size, kernel: ImageResize['kernel']): Transform<Image> =>
  (image, random) => {
    const factor = Math.max(width / image.width, height / image.height);
    const size = { width: Math.round(image.width * factor), height: Math.round(image.height * factor) };
    return (resize({ size, kernel }) as GeometricTransform)(image, random);
  };

/** How images are resized, in words. */
export function describeResize({ width, height, resize, shortestSide, kernel }: Size & ImageResize): string {
  const scaled = scaledSize({ width, height, shortestSide });
  const isCropped = shortestSide > Math.min(width, height);
  const centre = ', of which the centre is used';
  const how = {
    crop: `the shorter side scaled to ${shortestSide} and the centre cropped`,
    squash: `the whole image scaled${isCropped ? ` to ${scaled.width}×${scaled.height}${centre}` : ''}`,
    pad: `the whole image scaled in proportion and padded${isCropped ? ` to ${scaled.width}×${scaled.height}${centre}` : ''}`,
  }[resize];
  return `${how} (${kernel})`;
}
