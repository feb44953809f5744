import { Random } from '@graft/tensor';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Image, Transform } from '../index.ts';

/** Options of {@link describeTransform}. */
export interface TransformChecks {
  /** Numbers of channels to test; default 1 and 3. */
  readonly channels?: readonly number[];
  /** Whether different random streams give different images; default true. */
  readonly random?: boolean;
  /** Skips the test of annotations, with the reason why the transform does not support them. */
  readonly noAnnotations?: string;
  /** Skips the tests of floating-point images, with the reason. */
  readonly noFloats?: string;
}

/**
 * Tests the contract of image transforms: the result is a valid image of the same data type; the input is unchanged; the same random stream gives the same bytes,
 * regardless of earlier calls; only the stream is used for randomness; paths and bytes of files are rejected; boxes, masks and keypoints are transformed and stay valid.
 * @param make creates a new transform
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
      `${image.width}×${image.height} is a valid size`,
    ).toBe(true);
    expect(image.data.length).toBe(image.width * image.height * image.channels);
    if (image.data instanceof Float32Array) expect(image.data.every(Number.isFinite)).toBe(true);
  };
  afterEach(() => void vi.restoreAllMocks());

  describe(`transform ${name}`, () => {
    for (const depth of channels) {
      test(`${depth} channel${depth === 1 ? '' : 's'}: returns an image of bytes, and does not change the input`, async () => {
        const image = picture(depth);
        const before = image.data.slice();
        const out = await make()(image, new Random(1));
        expectImage(out);
        expect(out.data).toBeInstanceOf(Uint8Array);
        expect(image.data).toEqual(before);
      });
      if (noFloats === undefined)
        test(`${depth} channel${depth === 1 ? '' : 's'}: keeps floats`, async () => {
          const out = await make()(picture(depth, true), new Random(1));
          expectImage(out);
          expect(out.data).toBeInstanceOf(Float32Array);
        });
    }
    test('the same stream gives the same bytes, also from another instance', async () => {
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
    test('uses only its stream for randomness', async () => {
      for (const [holder, key] of [
        [Math, 'random'],
        [Date, 'now'],
        [performance, 'now'],
      ] as const)
        vi.spyOn(holder as { now(): number }, key as 'now').mockImplementation(() => {
          throw new Error(
            `${name} calls ${key === 'random' ? 'Math.random' : `${key}()`}. Draw random numbers from the stream that is passed to the transform.`,
          );
        });
      expectImage(await make()(picture(channels.at(-1)!), new Random(1)));
    });
    test('rejects a file that is not decoded, with a hint', async () => {
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
      test('transforms boxes, masks and keypoints', async () => {
        for (let seed = 0; seed < 8; seed++) {
          const out = await make()(annotated(), new Random(seed));
          expect(out.mask?.length, 'the mask has the size of the image').toBe(out.width * out.height);
          expect(out.keypoints?.length).toBe(4);
          expect(out.boxLabels!.length * 4, 'one label per box').toBe(out.boxes!.length);
          for (let i = 0; i < out.boxes!.length; i += 4) {
            const [left, top, right, bottom] = out.boxes!.subarray(i, i + 4) as unknown as [
              number,
              number,
              number,
              number,
            ];
            expect(
              left >= 0 && top >= 0 && right <= out.width && bottom <= out.height && left < right && top < bottom,
              `box ${[left, top, right, bottom].join(', ')} is inside ${out.width}×${out.height}`,
            ).toBe(true);
          }
        }
      });
  });
}
