import {
  affine,
  digits,
  horizontalFlip,
  imagenet,
  oneResampling,
  type Preset,
  resizeToFit,
  wholeImage,
} from '@graft/augment';
import { compose, type Image, type Transform } from '@graft/data';
import type { Preprocessing } from '@graft/zoo';
import type { Objective } from '../objective.ts';
import { isImageDType, mostChannels } from './image-input.ts';
import { barsOf, evaluationResize, resizeOf } from './image-resize.ts';

/**
 * Chooses augmentation, resizing and normalisation for a network and an objective. Text recognition networks get no mirrored images, and
 * grey ones unless the target may depend on colour. Images are not cropped if the target depends on the whole image.
 */
export function presetFor(preprocessing: Preprocessing, preserves: Objective['preserves']): Preset {
  const { height, width, mean, std, channels, order, polarity, layout } = preprocessing;
  const { extent, colour } = preserves;
  const how = resizeOf(preprocessing, preserves);
  const size = height === width ? height : { height, width };
  const preset = extent ? wholeImage({ size, mirror: !polarity }) : polarity ? digits({ size }) : imagenet({ size });
  const read = channels !== 3 ? channels : colour ? 3 : preset.decode.channels;
  const least = 2 * how.shortestSide; // twice the size, to keep detail
  return {
    training: how.resize === 'pad' ? paddedTraining(preprocessing) : preset.training,
    evaluation: evaluationResize({ ...preprocessing, ...how }),
    decode: {
      ...preset.decode,
      ...(preset.decode.shortestSide !== undefined && { shortestSide: Math.max(preset.decode.shortestSide, least) }),
      ...(read && { channels: read }),
    },
    normalization: { mean, std, channels, order, ...(layout && { layout }) },
  };
}

/** Augments whole images and pads them to the network's input. Text is not mirrored. */
function paddedTraining({ width, height, mean, polarity }: Preprocessing): Transform<Image> {
  const fill = barsOf(mean);
  const whole = resizeToFit({ size: { width, height }, fill });
  if (!polarity) return compose(horizontalFlip(), whole);
  return oneResampling(affine({ degrees: 5, translate: 0.05, scale: 0.1, fill }), whole);
}

/** Height and width of a network's input; one number for a square. */
export type ImageSize = number | { readonly height: number; readonly width: number };

/** Height and width. */
export const sizeOf = (size: ImageSize): { width: number; height: number } =>
  typeof size === 'number' ? { width: size, height: size } : { width: size.width, height: size.height };

/** Whether a value read from a file is valid preprocessing. */
export function isPreprocessing(value: unknown): value is Preprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, channels, mean, std, order, polarity, layout, dtype, resize, shortestSide, kernel } =
    value as Partial<Preprocessing>;
  if (!Number.isInteger(channels) || channels! < 1 || channels! > mostChannels) return false;
  const isList = (list: unknown, above: number): boolean =>
    Array.isArray(list) &&
    (list.length === 1 || list.length === channels) &&
    list.every((one) => typeof one === 'number' && Number.isFinite(one) && one > above);
  const isSide = (side: unknown): boolean =>
    Number.isInteger(side) && (side as number) >= 1 && (side as number) <= 8192;
  return (
    isSide(height) &&
    isSide(width) &&
    isList(mean, -Infinity) &&
    isList(std, 0) &&
    (order === 'rgb' || order === 'bgr') &&
    (resize === undefined || resize === 'crop' || resize === 'squash' || resize === 'pad') &&
    (shortestSide === undefined || isSide(shortestSide)) &&
    (kernel === undefined || ['nearest', 'bilinear', 'bicubic', 'lanczos'].includes(kernel)) &&
    (polarity === undefined || polarity === 'darkOnLight' || polarity === 'lightOnDark') &&
    (layout === undefined || layout === 'nchw' || layout === 'nhwc') &&
    (dtype === undefined || isImageDType(dtype))
  );
}
