import type { Image } from '@graft/data';
import { type Locate, warpMask } from './warp.ts';

/** The annotations of an image. */
export type Annotations = Pick<Image, 'boxes' | 'boxLabels' | 'mask' | 'keypoints'>;

/** How a transform moves points. */
export interface Motion {
  /** Maps a point of the source to the result. */
  forward(x: number, y: number): [x: number, y: number];
  /** Maps a row of the result to the source. */
  readonly back: Locate;
  readonly width: number;
  readonly height: number;
}

/** Segments per side of a box whose end points are moved. Corners would suffice if straight lines stayed straight, but elastic transforms bend them. */
const perSide = 4;

/**
 * Moves an image's boxes, mask and keypoints. A box becomes the bounding box of its moved sides, clipped to the image. It is dropped with its label
 * if less than the fraction `minVisible` remains.
 * @throws if the annotations do not match the image
 */
export function moveAnnotations(
  image: Image,
  { forward, back, width, height }: Motion,
  minVisible: number,
): Annotations {
  const { boxes, boxLabels, mask, keypoints } = image;
  check(image);
  const kept: number[] = [];
  const labels: number[] = [];
  for (let k = 0; boxes && k < boxes.length; k += 4) {
    const [left, top, right, bottom] = around(boxes.subarray(k, k + 4), forward);
    const clipped = [clamp(left, width), clamp(top, height), clamp(right, width), clamp(bottom, height)] as const;
    const area = (clipped[2] - clipped[0]) * (clipped[3] - clipped[1]);
    if (!(area > 0 && area >= minVisible * (right - left) * (bottom - top))) continue;
    kept.push(...clipped);
    if (boxLabels) labels.push(boxLabels[k / 4]!);
  }
  return {
    ...(boxes && { boxes: Float32Array.from(kept) }),
    ...(boxLabels && { boxLabels: Int32Array.from(labels) }),
    ...(mask && { mask: warpMask(mask, image, back, width, height) }),
    ...(keypoints && { keypoints: movePoints(keypoints, forward) }),
  };
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);

/** The bounding box of a moved box. */
function around(
  [left, top, right, bottom]: ArrayLike<number> & Iterable<number>,
  forward: Motion['forward'],
): [number, number, number, number] {
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let i = 0; i <= perSide; i++) {
    const [x, y] = [left! + ((right! - left!) * i) / perSide, top! + ((bottom! - top!) * i) / perSide];
    for (const [px, py] of [
      [x, top!],
      [x, bottom!],
      [left!, y],
      [right!, y],
    ] as const) {
      const [u, v] = forward(px, py);
      xs.push(u);
      ys.push(v);
    }
  }
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function movePoints(points: Float32Array, forward: Motion['forward']): Float32Array {
  const moved = new Float32Array(points.length);
  for (let k = 0; k < points.length; k += 2) moved.set(forward(points[k]!, points[k + 1]!), k);
  return moved;
}

function check({ width, height, boxes, boxLabels, mask, keypoints }: Image): void {
  if (boxes && boxes.length % 4)
    throw new Error(
      `An image's boxes need four numbers each, got ${boxes.length} numbers. Pass left, top, right and bottom of each box.`,
    );
  if (boxLabels && boxLabels.length * 4 !== (boxes?.length ?? 0))
    throw new Error(
      `An image has ${(boxes?.length ?? 0) / 4} boxes and ${boxLabels.length} box labels. Pass one label per box.`,
    );
  if (mask && mask.length !== width * height)
    throw new Error(
      `A mask needs one number per pixel, ${width * height} for ${width}×${height}, got ${mask.length}. Decode it at the size of the image.`,
    );
  if (keypoints && keypoints.length % 2)
    throw new Error(
      `An image's keypoints need two numbers each, got ${keypoints.length} numbers. Pass x and y of each keypoint.`,
    );
}
