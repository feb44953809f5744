import type { Image } from '@graft/data';

/** How bright red, green and blue look: ITU-R BT.601, as Pillow and torchvision have it. */
export const luma = (red: number, green: number, blue: number): number => 0.299 * red + 0.587 * green + 0.114 * blue;

/** @throws where an image is neither grey nor coloured */
export function checkColour(transform: string, { channels }: Image): void {
  if (channels !== 1 && channels !== 3)
    throw new Error(`${transform} wants an image of 1 or 3 channels, got ${channels}. Decode it with { channels: 3 }.`);
}
