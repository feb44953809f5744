import type { Image } from '@graft/data';
import type { Random } from '@graft/tensor';
import { mapping } from './affine.ts';
import { autocontrasted } from './autocontrast.ts';
import { adjusted } from './color-jitter.ts';
import { equalized } from './equalize.ts';
import type { Fill } from './fill.ts';
import { moved } from './geometric.ts';
import type { Matrix } from './matrix.ts';
import { posterized } from './posterize.ts';
import { sharpened } from './sharpness.ts';
import { solarized } from './solarize.ts';

interface Operation {
  /** Whether the magnitude is negated with probability 0.5. */
  readonly signed: boolean;
  apply(image: Image, magnitude: number, fill: Fill): Image | Promise<Image>;
}

const geometry = (back: (magnitude: number, image: Image) => Matrix): Operation => ({
  signed: true,
  apply: (image, magnitude, fill) =>
    moved(image, { back: back(magnitude, image), width: image.width, height: image.height }, { fill, minVisible: 0.1 }),
});
const enhance = (name: Parameters<typeof adjusted>[1]): Operation => ({
  signed: true,
  apply: (image, magnitude) => adjusted(image, name, 1 + magnitude),
});
const plain = (apply: (image: Image, magnitude: number) => Image): Operation => ({ signed: false, apply });

/** The operations of RandAugment, TrivialAugment and AugMix, as in torchvision; shears start at the upper left corner. */
export const operations = {
  identity: plain((image) => image),
  shearX: geometry((slope) => [1, slope, 0, 0, 1, 0, 0, 0, 1]),
  shearY: geometry((slope) => [1, 0, 0, slope, 1, 0, 0, 0, 1]),
  translateX: geometry((pixels) => [1, 0, -Math.trunc(pixels), 0, 1, 0, 0, 0, 1]),
  translateY: geometry((pixels) => [1, 0, 0, 0, 1, -Math.trunc(pixels), 0, 0, 1]),
  rotate: geometry((angle, image) => mapping(image, image, { angle, shift: [0, 0], zoom: 1, slant: 0 })),
  brightness: enhance('brightness'),
  color: enhance('saturation'),
  contrast: enhance('contrast'),
  sharpness: { signed: true, apply: (image, magnitude) => sharpened(image, 1 + magnitude) },
  posterize: plain(posterized),
  solarize: plain(solarized),
  autocontrast: plain(autocontrasted),
  equalize: plain(equalized),
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

/** The magnitude of each operation in use, as a function of the strength from 0 to 1. */
export type Space = { readonly [Name in OperationName]?: (share: number, image: Image) => number };

const none = (): number => 0;
export const upTo =
  (most: number) =>
  (share: number): number =>
    most * share;
/** Operations without a magnitude. */
export const unscaled = { autocontrast: none, equalize: none, identity: none };
export const enhancements = (most: number): Space => ({
  brightness: upTo(most),
  color: upTo(most),
  contrast: upTo(most),
  sharpness: upTo(most),
});
/** From `most` bits down to `most - fewer`. */
export const bits =
  (most: number, fewer: number) =>
  (share: number): number =>
    most - Math.round(fewer * share);
export const threshold = (share: number): number => 255 * (1 - share);

/** Applies one operation of a space, chosen with equal probability, at the given strength. */
export function applyOne(
  space: Space,
  image: Image,
  share: (random: Random) => number,
  fill: Fill,
  random: Random,
): Image | Promise<Image> {
  const names = Object.keys(space) as OperationName[];
  const name = names[random.int(names.length)]!;
  const magnitude = space[name]!(share(random), image);
  const { signed, apply }: Operation = operations[name];
  return apply(image, signed && random.int(2) ? -magnitude : magnitude, fill);
}

/** Applies a change several times. */
export function repeated(
  image: Image,
  times: number,
  change: (image: Image) => Image | Promise<Image>,
): Image | Promise<Image> {
  let result: Image | Promise<Image> = image;
  for (let i = 0; i < times; i++) result = result instanceof Promise ? result.then(change) : change(result);
  return result;
}
