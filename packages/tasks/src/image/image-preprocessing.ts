import { digits, imagenet, type Preset, wholeImage } from '@graft/augment';
import type { Preprocessing } from '@graft/zoo';
import type { Objective } from '../objective.ts';
import { isImageDType } from './image-input.ts';

/**
 * Chooses augmentation, resizing and normalisation for a network and an objective. Text recognition networks get no mirrored images, and
 * grey ones unless the target may depend on colour. Images are not cropped if the target depends on the whole image.
 */
export function presetFor(
  { height, width, mean, std, channels, order, polarity, layout }: Preprocessing,
  { extent, colour }: Objective['preserves'],
): Preset {
  const size = height === width ? height : { height, width };
  const preset = extent ? wholeImage({ size, mirror: !polarity }) : polarity ? digits({ size }) : imagenet({ size });
  const read = channels === 1 ? 1 : channels === 4 ? 4 : colour ? 3 : preset.decode.channels;
  return {
    ...preset,
    decode: { ...preset.decode, ...(read && { channels: read }) },
    normalization: { mean, std, channels, order, ...(layout && { layout }) },
  };
}

/** Height and width of a network's input; one number for a square. */
export type ImageSize = number | { readonly height: number; readonly width: number };

/** Height and width. */
export const sizeOf = (size: ImageSize): { width: number; height: number } =>
  typeof size === 'number' ? { width: size, height: size } : { width: size.width, height: size.height };

/** Whether a value read from a file is valid preprocessing: images with 1, 3 or 4 channels. */
export function isPreprocessing(value: unknown): value is Preprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, channels, mean, std, order, polarity, layout, dtype } = value as Partial<Preprocessing>;
  if (channels !== 1 && channels !== 3 && channels !== 4) return false;
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
    (polarity === undefined || polarity === 'darkOnLight' || polarity === 'lightOnDark') &&
    (layout === undefined || layout === 'nchw' || layout === 'nhwc') &&
    (dtype === undefined || isImageDType(dtype))
  );
}
