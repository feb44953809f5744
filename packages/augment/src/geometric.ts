import { checkImage, type Image, numberOption, type OptionReader, readOptions, type Transform } from '@graft/data';
import type { Random } from '@graft/tensor';
import { moveAnnotations } from './annotations.ts';
import type { Fill } from './fill.ts';
import { identity, inverse, type Matrix, through } from './matrix.ts';
import type { Kernel } from './resample.ts';
import { cutOut } from './scale.ts';
import { byMatrix, warp } from './warp.ts';

/** Where an image's pixels go: the map from the result back to the source, in pixels from the upper left corner, and the result's size. */
export interface Move {
  readonly back: Matrix;
  readonly width: number;
  readonly height: number;
}

/** How a {@link Move} is carried out. */
export interface Rendering {
  /** What comes in from outside; undefined where nothing can. */
  readonly fill?: Fill | undefined;
  /** How upright scaling weighs pixels; default bilinear. */
  readonly kernel?: Kernel;
  /** The share of a box that has to stay in the image, or the box is dropped. */
  readonly minVisible: number;
}

/** What every geometric transform takes. */
export interface GeometricOptions {
  /** The share of a box that has to stay in the image, or the box is dropped; default 0.1. */
  readonly minVisible?: number;
}

/** A transform that moves pixels and changes none, and can say where to before it does: see {@link oneResampling}. */
export interface GeometricTransform extends Transform<Image> {
  plan(size: { readonly width: number; readonly height: number }, random: Random): Move;
  readonly rendering: Rendering;
}

/** Makes a transform of a plan: reads its options, and moves the image with its boxes, mask and keypoints. */
export function geometric<Readers extends Record<string, OptionReader<unknown>>>(
  name: string,
  options: object | undefined,
  readers: Readers,
  plan: (
    given: { [Name in keyof Readers]: ReturnType<Readers[Name]> },
    size: { readonly width: number; readonly height: number },
    random: Random,
  ) => Move,
): GeometricTransform {
  const { minVisible, ...given } = readOptions(name, options, {
    ...readers,
    minVisible: numberOption(0.1, { min: 0, max: 1 }),
  } as Readers & { minVisible: OptionReader<number> });
  const { fill, kernel } = given as { fill?: Fill; kernel?: Kernel };
  return fromPlan((size, random) => plan(given as never, size, random), {
    fill,
    ...(kernel && { kernel }),
    minVisible: minVisible as number,
  });
}

export const fromPlan = (plan: GeometricTransform['plan'], rendering: Rendering): GeometricTransform =>
  Object.assign(
    (image: Image, random: Random) => {
      checkImage(image, 'A geometric transform');
      return moved(image, plan(image, random), rendering);
    },
    { plan, rendering },
  );

/** A move that leaves everything where it is. */
export const stay = ({ width, height }: { width: number; height: number }): Move => ({ back: identity, width, height });

/** Carries a move out, in one resampling at most: mirrors, crops and upright scaling exactly, everything else by {@link warp}. */
export function moved(
  image: Image,
  { back, width, height }: Move,
  { fill = 0, kernel, minVisible }: Rendering,
): Image | Promise<Image> {
  if (width === image.width && height === image.height && back.every((value, k) => value === identity[k])) return image;
  const pixels =
    cutOut(image, back, width, height, fill, kernel) ??
    warp(image, byMatrix(back), width, height, fill, shrinkage(back, width, height));
  if (!(image.boxes || image.boxLabels || image.mask || image.keypoints)) return pixels;
  const forward = inverse(back);
  const annotations = moveAnnotations(
    image,
    { forward: (x, y) => through(forward, x, y), back: byMatrix(back), width, height },
    minVisible,
  );
  return pixels instanceof Promise
    ? pixels.then((ready) => ({ ...ready, ...annotations }))
    : { ...pixels, ...annotations };
}

/** How many source pixels lie beside each other in one of the middle of the result: 1 where it does not shrink, 8 at most. */
function shrinkage(back: Matrix, width: number, height: number): number {
  const [x, y] = through(back, width / 2, height / 2);
  const step = (dx: number, dy: number): number => {
    const [u, v] = through(back, width / 2 + dx, height / 2 + dy);
    return Math.hypot(u - x, v - y);
  };
  return Math.min(8, Math.max(1, Math.round(Math.max(step(1, 0), step(0, 1)))));
}
