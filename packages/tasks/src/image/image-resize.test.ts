import { image } from '@graft/data';
import { Random } from '@graft/tensor';
import type { Preprocessing } from '@graft/zoo';
import { expect, test } from 'vitest';
import { classification } from '../objectives/classification.ts';
import { regression } from '../objectives/regression.ts';
import { presetFor } from './image-preprocessing.ts';
import { describeResize, evaluationResize, resizeOf } from './image-resize.ts';

const photos: Preprocessing = {
  width: 8,
  height: 8,
  channels: 1,
  order: 'rgb',
  mean: [0.5],
  std: [0.5],
};
const random = new Random(0);
/** An image whose pixels are numbered. */
const numbered = (width: number, height: number) =>
  image(
    Uint8Array.from({ length: width * height }, (_, i) => i),
    width,
    height,
    1,
  );

test('without a choice the centre of photographs is used, and whole images where the target depends on them, for text and oblong inputs', () => {
  const kindOf = (one: Preprocessing, { preserves } = classification) => resizeOf(one, preserves);
  expect(kindOf(photos)).toEqual({ resize: 'crop', shortestSide: 9, kernel: 'bilinear' });
  expect(kindOf({ ...photos, width: 224, height: 224 }).shortestSide).toBe(256);
  expect(kindOf(photos, regression)).toEqual({ resize: 'squash', shortestSide: 8, kernel: 'bilinear' });
  expect(kindOf({ ...photos, polarity: 'darkOnLight' }).resize).toBe('squash');
  expect(kindOf({ ...photos, width: 16 }).resize).toBe('squash');
  expect(kindOf({ ...photos, resize: 'crop', shortestSide: 12 }, regression)).toMatchObject({
    resize: 'crop',
    shortestSide: 12,
  });
});
test('crop keeps the pixels of the centre, squash and pad all of them', async () => {
  const wide = numbered(16, 8);
  const cropped = await evaluationResize({ ...photos, resize: 'crop', shortestSide: 8, kernel: 'bilinear' })(
    wide,
    random,
  );
  expect([...cropped.data.subarray(0, 8)]).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  const squashed = await evaluationResize({ ...photos, resize: 'squash', shortestSide: 8, kernel: 'nearest' })(
    wide,
    random,
  );
  expect([...squashed.data.subarray(0, 8)]).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
  const padded = await evaluationResize({ ...photos, resize: 'pad', shortestSide: 8, kernel: 'nearest' })(wide, random);
  expect(padded).toMatchObject({ width: 8, height: 8 });
  const rows = Array.from({ length: 8 }, (_, y) => padded.data[8 * y]!);
  expect(rows.map((value) => value === 128)).toEqual([true, true, false, false, false, false, true, true]);
});
test('an oblong crop covers the input', async () => {
  const crop = evaluationResize({
    ...photos,
    width: 4,
    height: 8,
    resize: 'crop',
    shortestSide: 4,
    kernel: 'bilinear',
  });
  expect(await crop(numbered(16, 8), random)).toMatchObject({ width: 4, height: 8 });
  expect([...(await crop(numbered(16, 8), random)).data.subarray(0, 4)]).toEqual([6, 7, 8, 9]);
});
test('padded images are padded in training, too, and large files are decoded at the size that is needed', async () => {
  const preset = presetFor({ ...photos, resize: 'pad' }, classification.preserves);
  const ready = await preset.training(numbered(16, 8), random);
  expect(ready).toMatchObject({ width: 8, height: 8 });
  expect([ready.data[0], ready.data[63]]).toEqual([128, 128]);
  const large = presetFor({ ...photos, resize: 'crop', shortestSide: 64 }, classification.preserves);
  expect(large.decode.shortestSide).toBe(128);
});
test('in words', () => {
  const words = (one: Partial<Preprocessing>) =>
    describeResize({ ...photos, ...resizeOf({ ...photos, ...one }, classification.preserves) });
  expect(words({})).toBe('the shorter side scaled to 9 and the centre cropped (bilinear)');
  expect(words({ resize: 'squash', kernel: 'bicubic' })).toBe('the whole image scaled (bicubic)');
  expect(words({ resize: 'squash', shortestSide: 10 })).toBe(
    'the whole image scaled to 10×10, of which the centre is used (bilinear)',
  );
  expect(words({ resize: 'pad' })).toBe('the whole image scaled in proportion and padded (bilinear)');
});
