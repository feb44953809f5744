import sharp from 'sharp';
import { expect, test } from 'vitest';
import { imageSize } from './image-size.ts';
import { browserDecoder, createBrowserDecoder } from './index.ts';

// Decoding itself is tested in Chromium: `npm run alone -- --only images`.
const drawn = sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } });
const png = new Uint8Array(await drawn.clone().png().toBuffer());

test.each([
  [
    'a path',
    'photos/a.jpg',
    '"photos/a.jpg" is a path, but browserDecoder reads only bytes. Pass the contents of the file.',
  ],
  ['an empty file', new Uint8Array(), 'The image is an empty file. Remove it.'],
  ['a text file', new TextEncoder().encode('hello, I am a text file'), 'The image is not an image in a known format'],
  ['an image outside of a browser', png, 'On Node, use sharpDecoder from @graft/augment/node.'],
])('rejects %s', (_, source, sentence) => expect(browserDecoder.decode(source)).rejects.toThrow(sentence));
test('rejects a file whose header claims too many pixels before decoding it', () =>
  expect(createBrowserDecoder({ maxPixels: 1000 }).decode(png, { name: 'a.png' })).rejects.toThrow(
    '"a.png" has more than 1000 pixels. Scale it down, or raise the option maxPixels of the modality image.',
  ));
test.each([
  ['png', drawn.clone().png()],
  ['gif', drawn.clone().gif()],
  ['jpeg', drawn.clone().jpeg()],
  ['jpeg with EXIF rotation', drawn.clone().withMetadata({ orientation: 6 }).jpeg()],
  ['webp', drawn.clone().webp()],
  ['lossless webp', drawn.clone().webp({ lossless: true })],
  ['webp with alpha', drawn.clone().ensureAlpha(0.5).webp()],
] as const)('reads the size from the header of a %s', async (_, pipeline) => {
  const bytes = await pipeline.toBuffer();
  expect(imageSize(bytes)).toEqual({ width: 40, height: 30 });
  for (let length = 0; length < 40; length++) imageSize(new Uint8Array(bytes.subarray(0, length))); // a truncated header must not throw
});
