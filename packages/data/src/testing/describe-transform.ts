import { Random } from '@graft/tensor';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Image, Transform } from '../index.ts';

/** What {@link describeTransform} is told about a transform. */
export interface TransformChecks {
  /** Channels of the images to try; default 1 and 3. */
  readonly channels?: readonly number[];
  /** Whether two streams may give different images; default true. */
  readonly random?: boolean;
  /** Why annotations are not followed, where the transform cannot take them along. */
  readonly noAnnotations?: string;
  /** Why floating-point images are not tried. */
  readonly noFloats?: string;
}

/**
 * Checks that a transform of images keeps its promises: what comes out is an image; the same stream gives the same bytes, whatever happened before;
 * it draws from its stream alone; the image that went in stays as it was; a path or bytes in place of an image are refused; bytes stay bytes, and floats floats; boxes, masks and points come along and stay sound.
 * @param make makes the transform anew
 */
export function describeTransform(
  name: string,
  make: () => Transform<Image>,
  { channels = [1, 3], random = true, noAnnotations, noFloats }: TransformChecks = {},
): void {
  const [width, height] = [24, 18];
  const picture = (depth: number, floats = false): Image => {
    const bytes = Uint8Array.from({ length: width * height * depth }, (_, i) =>
      Math.round(127 + 100 * Math.sin(i / 9) + 27 * Math.cos(i / 2.3)),
    );
    return { data: floats ? Float32Array.from(bytes, (byte) => byte / 255) : bytes, width, height, channels: depth };
  };
  const annotated = (): Image => ({
    ...picture(3),
    boxes: Float32Array.of(4, 3, 12, 10, 1, 1, 23, 17),
    boxLabels: Int32Array.of(5, 6),
    mask: Uint8Array.from({ length: width * height }, (_, i) => i % 3),
    keypoints: Float32Array.of(5, 5, 20, 2),
  });
  const expectImage = (image: Image): void => {
    expect(
      image.width > 0 && image.height > 0 && Number.isInteger(image.width) && Number.isInteger(image.height),
      `${image.width}×${image.height} is a size`,
    ).toBe(true);
    expect(image.data.length).toBe(image.width * image.height * image.channels);
    if (image.data instanceof Float32Array) expect(image.data.every(Number.isFinite)).toBe(true);
  };
  afterEach(() => void vi.restoreAllMocks());

  describe(`transform ${name}`, () => {
    for (const depth of channels) {
      test(`${depth} channel${depth === 1 ? '' : 's'}: an image of bytes comes out, and the one that went in stays`, async () => {
        const image = picture(depth);
        const before = image.data.slice();
        const out = await make()(image, new Random(1));
        expectImage(out);
        expect(out.data).toBeInstanceOf(Uint8Array);
        expect(image.data).toEqual(before);
      });
      if (noFloats === undefined)
        test(`${depth} channel${depth === 1 ? '' : 's'}: floats stay floats`, async () => {
          const out = await make()(picture(depth, true), new Random(1));
          expectImage(out);
          expect(out.data).toBeInstanceOf(Float32Array);
        });
    }
    test('the same stream gives the same bytes, from this one and from another', async () => {
      const depth = channels.at(-1)!;
      const [one, other] = [make(), make()];
      const first = await one(picture(depth), new Random(3).fork(1));
      await one(picture(depth), new Random(9));
      for (const again of [
        await one(picture(depth), new Random(3).fork(1)),
        await other(picture(depth), new Random(3).fork(1)),
      ])
        expect(again).toEqual(first);
    });
    test('it draws from its stream alone', async () => {
      for (const [holder, key] of [
        [Math, 'random'],
        [Date, 'now'],
        [performance, 'now'],
      ] as const)
        vi.spyOn(holder as { now(): number }, key as 'now').mockImplementation(() => {
          throw new Error(
            `${name} asks for ${key === 'random' ? 'Math.random' : 'the time'}; what is random comes from the stream that it is given.`,
          );
        });
      expectImage(await make()(picture(channels.at(-1)!), new Random(1)));
    });
    test('a file that is not decoded is refused, with the way out', async () => {
      for (const file of ['photos/a.jpg', new Uint8Array(12)])
        await expect((async () => make()(file as never, new Random(1)))()).rejects.toThrow(
          /expects a decoded image, got (the path "photos\/a\.jpg"|12 bytes of a file)\. .*decoded\(dataset, decoder\)/,
        );
    });
    if (random)
      test('different streams give different images', async () => {
        const seen = new Set<string>();
        for (let seed = 0; seed < 32; seed++)
          seen.add(
            Buffer.from(
              ((await make()(picture(channels.at(-1)!), new Random(seed))).data as Uint8Array).slice(),
            ).toString('base64'),
          );
        expect(seen.size).toBeGreaterThan(1);
      });
    if (noAnnotations === undefined && channels.includes(3))
      test('boxes, masks and points come along', async () => {
        for (let seed = 0; seed < 8; seed++) {
          const out = await make()(annotated(), new Random(seed));
          expect(out.mask?.length, 'the mask has the image’s size').toBe(out.width * out.height);
          expect(out.keypoints?.length).toBe(4);
          expect(out.boxLabels!.length * 4, 'a label for each box').toBe(out.boxes!.length);
          for (let i = 0; i < out.boxes!.length; i += 4) {
            const [left, top, right, bottom] = out.boxes!.subarray(i, i + 4) as unknown as [
              number,
              number,
              number,
              number,
            ];
            expect(
              left >= 0 && top >= 0 && right <= out.width && bottom <= out.height && left < right && top < bottom,
              `box ${[left, top, right, bottom].join(', ')} lies in ${out.width}×${out.height}`,
            ).toBe(true);
          }
        }
      });
  });
}
