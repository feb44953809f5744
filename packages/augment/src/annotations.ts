import type { Image } from '@graft/data';
import { type Locate, warpMask } from './warp.ts';

/** What an image knows about places in it. */
export type Annotations = Pick<Image, 'boxes' | 'boxLabels' | 'mask' | 'keypoints'>;

export interface Motion {
  /** Where a place of the source is in the result. */
  forward(x: number, y: number): [x: number, y: number];
  /** Where a line of the result lies in the source. */
  readonly back: Locate;
  readonly width: number;
  readonly height: number;
}

/** Places on each side of a box whose motion says where the box goes; straight lines stay straight, so corners would do but for elastic ones. */
const perSide = 4;

/**
 * An image's boxes, mask and keypoints after a motion. A box becomes the upright one around its moved sides, cut at the image's
 * edges; one of which less than the share `minVisible` is left is dropped with its label.
 * @throws where they do not fit their image
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

/** The upright box around a moved one. */
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
      `An image's boxes are four numbers each, got ${boxes.length} numbers. Give left, top, right and bottom of each.`,
    );
  if (boxLabels && boxLabels.length * 4 !== (boxes?.length ?? 0))
    throw new Error(
      `An image has ${(boxes?.length ?? 0) / 4} boxes and ${boxLabels.length} box labels. Give one for each.`,
    );
  if (mask && mask.length !== width * height)
    throw new Error(
      `A mask has a number for each pixel, ${width * height} for ${width}×${height}, got ${mask.length}. Decode it at the image's size.`,
    );
  if (keypoints && keypoints.length % 2)
    throw new Error(
      `An image's keypoints are two numbers each, got ${keypoints.length} numbers. Give x and y of each.`,
    );
}
