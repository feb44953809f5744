import { checkImage, type Image, numberOption, type OptionReader, readOptions, type Transform } from '@graft/data';
import type { Random } from '@graft/tensor';
import { moveAnnotations } from './annotations.ts';
import type { Fill } from './fill.ts';
import { identity, inverse, type Matrix, through } from './matrix.ts';
import type { Kernel } from './resample.ts';
import { cutOut } from './scale.ts';
import { byMatrix, warp } from './warp.ts';

/** A geometric map: from the result back to the source, in pixels from the upper left corner, and the size of the result. */
export interface Move {
  readonly back: Matrix;
  readonly width: number;
  readonly height: number;
}

/** How a {@link Move} is carried out. */
export interface Rendering {
  /** Fill for areas outside the image; undefined if the map never leaves the image. */
  readonly fill?: Fill | undefined;
  /** Interpolation of axis-aligned scaling; default bilinear. */
  readonly kernel?: Kernel;
  /** Boxes are dropped if less than this fraction of them stays in the image. */
  readonly minVisible: number;
}

/** Options of every geometric transform. */
export interface GeometricOptions {
  /** Boxes are dropped if less than this fraction of them stays in the image; default 0.1. */
  readonly minVisible?: number;
}

/** A transform that moves pixels without changing their values. `plan` returns the map without applying it, so {@link oneResampling} can combine several. */
export interface GeometricTransform extends Transform<Image> {
  plan(size: { readonly width: number; readonly height: number }, random: Random): Move;
  readonly rendering: Rendering;
}

/** Creates a transform from a plan: reads its options, and moves images with their boxes, masks and keypoints. */
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

/** The identity {@link Move}. */
export const stay = ({ width, height }: { width: number; height: number }): Move => ({ back: identity, width, height });

/** Applies a move with at most one resampling: flips, crops and axis-aligned scaling exactly, everything else with {@link warp}. */
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

/** Width in source pixels of a pixel at the centre of the result, from 1 (no downscaling) to 8. */
function shrinkage(back: Matrix, width: number, height: number): number {
  const [x, y] = through(back, width / 2, height / 2);
  const step = (dx: number, dy: number): number => {
    const [u, v] = through(back, width / 2 + dx, height / 2 + dy);
    return Math.hypot(u - x, v - y);
  };
  return Math.min(8, Math.max(1, Math.round(Math.max(step(1, 0), step(0, 1)))));
}
