import type { Image } from '@graft/data';

/** Luma of an RGB colour by ITU-R BT.601, as in Pillow and torchvision. */
export const luma = (red: number, green: number, blue: number): number => 0.299 * red + 0.587 * green + 0.114 * blue;

/** @throws if an image does not have 1 or 3 channels */
export function checkColour(transform: string, { channels }: Image): void {
  if (channels !== 1 && channels !== 3)
    throw new Error(
      `${transform} expects an image with 1 or 3 channels, got ${channels}. Decode it with { channels: 3 }.`,
    );
}
