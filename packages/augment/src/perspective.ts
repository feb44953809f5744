import { numberOption } from '@graft/data';
import type { Random } from '@graft/tensor';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform, type Move, stay } from './geometric.ts';
import { betweenCorners } from './matrix.ts';
import { probabilityOption } from './probability.ts';

/** Options of {@link perspective}. */
export interface PerspectiveOptions extends GeometricOptions {
  /** How far corners can move inwards, as a fraction of half the size; default 0.5. */
  readonly distortion?: number;
  /** Probability of applying the transform; default 0.5. */
  readonly probability?: number;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

type Corner = readonly [x: number, y: number];

/** Shows an image from a random perspective: each corner moves inwards (torchvision's `RandomPerspective`). */
export const perspective = (options: PerspectiveOptions = {}): GeometricTransform =>
  geometric(
    'perspective',
    options,
    { distortion: numberOption(0.5, { min: 0, max: 0.95 }), probability: probabilityOption(0.5), fill: fillOption },
    ({ distortion, probability }, size, random) =>
      // The corners of a single row or column do not span an area.
      random.next() < probability && Math.min(size.width, size.height) > 1
        ? perspectiveMove(size, randomCorners(size, distortion, random))
        : stay(size),
  );

/** The new positions of the corners, clockwise from the upper left. */
export function randomCorners(
  { width, height }: { width: number; height: number },
  distortion: number,
  random: Random,
): Corner[] {
  const [roomX, roomY] = [
    Math.floor(distortion * Math.floor(width / 2)) + 1,
    Math.floor(distortion * Math.floor(height / 2)) + 1,
  ];
  return (
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ] as const
  ).map(([right, bottom]) => {
    const [x, y] = [random.int(roomX), random.int(roomY)];
    return [right ? width - 1 - x : x, bottom ? height - 1 - y : y];
  });
}

/** A {@link Move} of the corner pixels to these positions, as in torchvision's `functional.perspective`. */
export function perspectiveMove(
  { width, height }: { width: number; height: number },
  corners: readonly Corner[],
): Move {
  const own: Corner[] = [
    [0, 0],
    [width - 1, 0],
    [width - 1, height - 1],
    [0, height - 1],
  ];
  return { back: betweenCorners(corners, own), width, height };
}
