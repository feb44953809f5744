import { expect, test } from 'vitest';
import { leftOut } from './left-out.ts';

const images = { used: 32, noun: ['image', 'images'] } as const;

test('files that are not examples are counted by kind, with those that can be converted', () => {
  const ignored = ['cat/1.BMP', 'cat/2.bmp', 'dog/x.heic', 'dog/notes.txt', 'dog/README', 'licence.md'];
  expect(leftOut(ignored, images)).toBe(
    'Left out 5 of 37 files, which are not images in a known format: 2 .bmp, 1 without an extension, 1 .heic, 1 .txt. Convert .bmp, .heic to JPEG or PNG to use them.',
  );
  expect(leftOut(['cat/a.db'], images)).toBe('Left out 1 of 33 files, which is not an image in a known format: 1 .db.');
});

test('sounds of other formats can be converted, too', () => {
  expect(leftOut(['yes/1.mp3', 'no/2.FLAC', 'no/c.bmp'], { used: 5, noun: ['sound', 'sounds'] })).toBe(
    'Left out 3 of 8 files, which are not sounds in a known format: 1 .bmp, 1 .flac, 1 .mp3. Convert .bmp to JPEG or PNG and .flac, .mp3 to WAV to use them.',
  );
});

test('files next to the folders of examples only count if they are pictures', () => {
  expect(leftOut(['licence.md', 'labels.csv'], images)).toBeUndefined();
  expect(leftOut(['cover.bmp'], images)).toContain('1 .bmp');
});

test('many kinds are summed up, and strange extensions are not shown', () => {
  const ignored = Array.from({ length: 9 }, (_, i) => `a/x.k${i}`);
  expect(leftOut(ignored, images)).toContain('1 .k5, 3 others.');
  expect(leftOut(['a/x.\u001b[31m', `a/x.${'y'.repeat(99)}`], images)).toContain(': 2 without an extension.');
});
