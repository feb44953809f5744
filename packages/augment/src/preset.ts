import { compose, type DecodeOptions, type Image, type Normalization, type Transform } from '@graft/data';
import { affine } from './affine.ts';
import { centerCrop } from './center-crop.ts';
import { colorJitter } from './color-jitter.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { gaussianNoise } from './gaussian-noise.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { oneResampling } from './one-resampling.ts';
import { perspective } from './perspective.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { resize } from './resize.ts';
import type { Size } from './size.ts';
import { resizeToFit } from './resize-to-fit.ts';

/** All steps between an image file and a batch. */
export interface Preset {
  /** Options for the {@link ImageDecoder}. */
  readonly decode: DecodeOptions;
  /** The transform for training, with random augmentation. */
  readonly training: Transform<Image>;
  /** The transform for validation and prediction, without randomness. */
  readonly evaluation: Transform<Image>;
  /** Options for `imageBatch`. */
  readonly normalization: Normalization;
}

const widthOf = (size: Size): number => (typeof size === 'number' ? size : size.width);
const heightOf = (size: Size): number => (typeof size === 'number' ? size : size.height);
const shorter = (size: Size): number => Math.min(widthOf(size), heightOf(size));
const longer = (size: Size): number => Math.max(widthOf(size), heightOf(size));

/**
 * Photographs for a network pretrained on ImageNet: random resized crops and flips for training, the central 7/8 for evaluation. For images that are not
 * square, crops have the network's aspect ratio within a third, and evaluation resizes the whole image.
 */
export function imagenet({ size = 224 }: { size?: Size } = {}): Preset {
  const isSquare = shorter(size) === longer(size);
  const shortestSide = Math.round((longer(size) * 8) / 7);
  const aspect = widthOf(size) / heightOf(size);
  return {
    decode: { channels: 3, shortestSide: 2 * shortestSide }, // twice the size, to keep detail in small crops
    training: compose(
      randomResizedCrop(isSquare ? { size } : { size, ratio: [(3 / 4) * aspect, (4 / 3) * aspect] }),
      horizontalFlip(),
    ),
    evaluation: isSquare ? compose(resize({ shortestSide }), centerCrop({ size })) : resize({ size }),
    normalization: { channels: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  };
}

/**
 * For tasks that need the whole image, such as regression: images are resized without a crop, ignoring their aspect ratio, and colours are unchanged.
 * @param mirror whether to train with random flips; if false, images are slightly rotated, shifted and zoomed instead
 */
export function wholeImage({ size = 224, mirror = true }: { size?: Size; mirror?: boolean } = {}): Preset {
  const { decode, normalization } = imagenet({ size });
  const whole = resize({ size });
  return {
    decode,
    training: mirror
      ? compose(horizontalFlip(), whole)
      : affine({ degrees: 5, translate: 0.05, scale: 0.1, fill: 128, size }),
    evaluation: whole,
    normalization,
  };
}

/** Scanned or photographed pages, dark on light. Keeps the whole page and its aspect ratio. For training, pages are slightly rotated, sheared and distorted in one resampling, with changes of light, blur and noise. Images are grey and repeated to three channels in the batch. */
export function documents({ size = 224 }: { size?: Size } = {}): Preset {
  const whole = resizeToFit({ size, fill: 255 });
  return {
    decode: { channels: 1, shortestSide: 2 * longer(size) }, // twice the size, to keep detail in small print
    training: compose(
      oneResampling(
        affine({ degrees: 3, scale: 0.05, shear: 3, translate: 0.02, fill: 255 }),
        perspective({ distortion: 0.1, fill: 255 }),
        whole,
      ),
      colorJitter({ brightness: 0.2, contrast: 0.2 }),
      gaussianBlur({ sigma: [0.3, 1], probability: 0.3 }),
      gaussianNoise({ sigma: [0.01, 0.04], probability: 0.3 }),
    ),
    evaluation: whole,
    normalization: { channels: 3, mean: [0.5], std: [0.5] },
  };
}

/** Handwriting, dark on light: small rotations, shifts, zooms and shears in one resampling, without flips. Images are grey and repeated to three channels in the batch. */
export function digits({ size = 48 }: { size?: Size } = {}): Preset {
  return {
    decode: { channels: 1 },
    training: affine({ degrees: 12, translate: 0.1, scale: 0.1, shear: 8, fill: 255, size }),
    evaluation: resize({ size }),
    normalization: { channels: 3, mean: [0.5], std: [0.5] },
  };
}

/** The presets by name, for configurations. Called without options, they use their default size. */
export const presets: Readonly<Record<'imagenet' | 'digits' | 'documents' | 'wholeImage', () => Preset>> = {
  imagenet,
  digits,
  documents,
  wholeImage,
};
