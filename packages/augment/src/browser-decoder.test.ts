import sharp from 'sharp';
import { expect, test } from 'vitest';
import { imageSize } from './image-size.ts';
import { browserDecoder, createBrowserDecoder } from './index.ts';

// That it decodes is tested in Chromium, by `npm run alone -- --only images`.
const drawn = sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } });
const png = new Uint8Array(await drawn.clone().png().toBuffer());

test.each([
  ['a path', 'photos/a.jpg', '"photos/a.jpg" is a path, and a browser reads no paths. Give the bytes of the file.'],
  ['nothing', new Uint8Array(), 'The image is an empty file. Remove it.'],
  ['a text', new TextEncoder().encode('hello, I am a text file'), 'The image is not an image in a known format'],
  ['an image, where there is no browser', png, 'On Node, take sharpDecoder of @graft/augment/node.'],
])('%s is refused in a sentence', (_, source, sentence) =>
  expect(browserDecoder.decode(source)).rejects.toThrow(sentence),
);
test('a file that claims too many pixels is refused before it is decoded', () =>
  expect(createBrowserDecoder({ maxPixels: 1000 }).decode(png, { name: 'a.png' })).rejects.toThrow(
    '"a.png" has more than 1000 pixels. Make it smaller, or raise maxPixels.',
  ));
test.each([
  ['png', drawn.clone().png()],
  ['gif', drawn.clone().gif()],
  ['jpeg', drawn.clone().jpeg()],
  ['jpeg that lies on its side', drawn.clone().withMetadata({ orientation: 6 }).jpeg()],
  ['webp', drawn.clone().webp()],
  ['webp without loss', drawn.clone().webp({ lossless: true })],
  ['webp with alpha', drawn.clone().ensureAlpha(0.5).webp()],
] as const)('the size in the header of a %s', async (_, pipeline) => {
  const bytes = await pipeline.toBuffer();
  expect(imageSize(bytes)).toEqual({ width: 40, height: 30 });
  for (let length = 0; length < 40; length++) imageSize(new Uint8Array(bytes.subarray(0, length))); // cut off anywhere
});
