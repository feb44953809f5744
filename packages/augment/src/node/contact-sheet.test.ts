import { image } from '@graft/data';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { contactSheet } from './contact-sheet.ts';

const grey = image(new Uint8Array(48 * 48 * 3).fill(120), 48, 48, 3);
const at = async (sheet: Uint8Array, x: number, y: number): Promise<number[]> => [
  ...(await sharp(sheet).extract({ left: x, top: y, width: 1, height: 1 }).raw().toBuffer()),
];

test('draws boxes, masks and keypoints, three pixels of the sheet per pixel of the image', async () => {
  const mask = new Uint8Array(48 * 48).fill(1, 0, 48 * 8); // the first rows
  const sheet = await contactSheet([
    {
      name: '<&>',
      original: {
        ...grey,
        boxes: Float32Array.of(16, 16, 32, 32),
        boxLabels: Int32Array.of(2),
        keypoints: Float32Array.of(40, 40),
        mask,
      },
      views: [grey],
    },
  ]);
  expect(await at(sheet, 8 + 72, 8 + 48)).toEqual([0x30, 0xa4, 0x6c]); // the upper side of the box
  expect(await at(sheet, 8 + 72, 8 + 72)).toEqual([120, 120, 120]); // its centre
  expect(await at(sheet, 8 + 120, 8 + 120)).toEqual([0xe5, 0x48, 0x4d]); // the keypoint
  expect(await at(sheet, 8 + 72, 8 + 8)).toEqual([60, 132, 187]); // blended with the colour of the class
  expect(await at(sheet, 168 + 72, 8 + 48)).toEqual([120, 120, 120]); // nothing on the view
});
