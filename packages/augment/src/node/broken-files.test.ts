import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { decoded, Loader } from '@graft/data';
import { imageFolder } from '@graft/data/node';
import { Random } from '@graft/tensor';
import sharp, { type Sharp } from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { png, pngChunk } from '../../../../tools/testing/png.mjs';
import { sharpDecoder } from './sharp-decoder.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-broken-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noise = (random: Random, length: number): Buffer => Buffer.from(Array.from({ length }, () => random.int(256)));
/** An image of noise with a random size. */
const picture = (random: Random): Sharp => {
  const [width, height] = [40 + random.int(40), 40 + random.int(40)];
  return sharp(noise(random, width * height * 3), { raw: { width, height, channels: 3 } });
};
const cut = (bytes: Buffer, share = 0.5): Buffer => bytes.subarray(0, Math.floor(bytes.length * share));
const withStart = (bytes: Buffer, ...start: number[]): Buffer =>
  Buffer.concat([Buffer.from(start), bytes.subarray(start.length)]);
/** A PNG with the given size in its header and only a few bytes of data. */
const claim = (width: number, height: number, extra = Buffer.alloc(0)): Buffer =>
  png({ width, height }, Buffer.from('789c030000000001', 'hex'), [extra]);
/** Inserts a chunk after a PNG's signature and header, which take 33 bytes. */
const withChunk = (png: Buffer, type: string, body: Buffer): Buffer =>
  Buffer.concat([png.subarray(0, 33), pngChunk(type, body), png.subarray(33)]);
const animated = async (random: Random): Promise<Sharp> =>
  sharp(await Promise.all([0, 1].map(() => picture(random).resize(32, 32).png().toBuffer())), {
    join: { animated: true },
  });
const text =
  (content: string) =>
  (random: Random): Buffer =>
    Buffer.from(content + ' '.repeat(random.int(50)));

const [unknown, broken, huge] = [
  'is not an image in a known format',
  'is a broken image',
  'has more than 100000000 pixels',
];
/** How to create files of each kind, and why they are rejected; `undefined` for files that can be decoded. */
const kinds: Readonly<
  Record<string, { readonly make: (random: Random) => Buffer | Promise<Buffer>; readonly reason: string | undefined }>
> = {
  empty: { make: () => Buffer.alloc(0), reason: 'is an empty file' },
  zeros: { make: (random) => Buffer.alloc(1 + random.int(999)), reason: unknown },
  noise: { make: (random) => Buffer.concat([Buffer.of(7), noise(random, 500)]), reason: unknown },
  text: { make: text('hello'), reason: unknown },
  html: { make: text('<!doctype html><title>404</title>'), reason: unknown },
  svg: {
    make: text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'),
    reason: unknown,
  },
  'svg entity': {
    make: text(
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>',
    ),
    reason: unknown,
  },
  pdf: { make: text('%PDF-1.4\n1 0 obj<<>>endobj'), reason: unknown },
  bitmap: { make: (random) => withStart(noise(random, 200), 0x42, 0x4d), reason: unknown },
  zip: { make: (random) => withStart(noise(random, 200), 0x50, 0x4b, 3, 4), reason: unknown },
  'half jpeg': { make: async (random) => cut(await picture(random).jpeg().toBuffer()), reason: broken },
  'half png': { make: async (random) => cut(await picture(random).png().toBuffer()), reason: broken },
  'half webp': { make: async (random) => cut(await picture(random).webp().toBuffer()), reason: broken },
  'half gif': { make: async (random) => cut(await picture(random).gif().toBuffer()), reason: broken },
  'half tiff': {
    make: async (random) => cut(await picture(random).tiff({ compression: 'none' }).toBuffer()),
    reason: broken,
  },
  'half avif': { make: async (random) => cut(await picture(random).avif({ effort: 0 }).toBuffer()), reason: broken },
  'jpeg header': {
    make: async (random) => (await picture(random).jpeg().toBuffer()).subarray(0, 20 + random.int(20)),
    reason: broken,
  },
  'png signature': {
    make: async (random) => (await picture(random).png().toBuffer()).subarray(0, 8 + random.int(8)),
    reason: broken,
  },
  'png bomb': { make: (random) => claim(100_000 + random.int(100), 100_000), reason: huge },
  'wide png': { make: (random) => claim(2 ** 31 - 1 - random.int(9), 1), reason: broken },
  'png of no size': { make: (random) => claim(0, random.int(9)), reason: broken },
  'png without pixels': { make: (random) => claim(30 + random.int(9), 30), reason: broken },
  'jpeg called png': {
    make: async (random) => withStart(await picture(random).jpeg().toBuffer(), 0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    reason: broken,
  },
  'png called jpeg': {
    make: async (random) => withStart(await picture(random).png().toBuffer(), 0xff, 0xd8, 0xff),
    reason: broken,
  },
  'gif bomb': {
    make: () => Buffer.from('474946383961ffffffff000000' + '2c00000000ffffffff0002024401003b', 'hex'),
    reason: huge,
  },
  'deep png': { make: async (random) => picture(random).toColourspace('rgb16').png().toBuffer(), reason: undefined },
  'print colours': {
    make: async (random) => picture(random).toColourspace('cmyk').jpeg().toBuffer(),
    reason: undefined,
  },
  'animated gif': { make: async (random) => (await animated(random)).gif().toBuffer(), reason: undefined },
  'animated webp': { make: async (random) => (await animated(random)).webp().toBuffer(), reason: undefined },
  'animated png': {
    make: async (random) =>
      withChunk(
        withChunk(await picture(random).png().toBuffer(), 'fcTL', Buffer.alloc(26)),
        'acTL',
        Buffer.of(0, 0, 0, 2, 0, 0, 0, 0),
      ),
    reason: undefined,
  },
  'png with a broken profile': {
    make: async (random) =>
      withChunk(
        await picture(random).png().toBuffer(),
        'iCCP',
        Buffer.concat([Buffer.from('ICC\0\0'), noise(random, 200)]),
      ),
    reason: undefined,
  },
  'jpeg with a broken profile': {
    make: async (random) => {
      const [jpeg, body] = [
        await picture(random).jpeg().toBuffer(),
        Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01'), noise(random, 200)]),
      ];
      return Buffer.concat([jpeg.subarray(0, 2), Buffer.of(0xff, 0xe2, 0, body.length + 2), body, jpeg.subarray(2)]);
    },
    reason: undefined,
  },
  'jpeg with exif rotation': {
    make: async (random) =>
      picture(random)
        .withMetadata({ orientation: 1 + random.int(8) })
        .jpeg()
        .toBuffer(),
    reason: undefined,
  },
};

test('quarantines broken files with name and reason: 330 files of 33 kinds', { timeout: 60_000 }, async () => {
  const names = Object.keys(kinds);
  expect(names).toHaveLength(33);
  for (const [k, name] of names.entries()) {
    const place = join(folder, name);
    mkdirSync(place);
    // File names with spaces, quotes, line breaks and non-Latin letters; the extension need not match the contents.
    for (let n = 0; n < 10; n++)
      writeFileSync(
        join(place, `${n} %s "é字\n'.${['jpg', 'PNG', 'webp'][n % 3]}`),
        await kinds[name]!.make(new Random(10 * k + n)),
      );
  }
  const files = await imageFolder(folder);
  expect(files.length).toBe(330);
  const loader = new Loader(decoded(files, sharpDecoder), {
    batchSize: 16,
    quarantineLimit: 1,
    collate: (_, indices) => indices,
  });
  const read: number[] = [];
  for await (const indices of loader) read.push(...indices);

  const outcomes = Object.fromEntries(names.map((name) => [name, new Set<string>()]));
  const kindOf = (index: number): string => files.classes[files.labels[index]!]!;
  for (const index of read) outcomes[kindOf(index)]!.add('read');
  for (const { index, path, reason } of loader.quarantined) {
    expect(basename(path!)).toMatch(/é字/);
    expect(reason).toContain(`"${path}" `);
    outcomes[kindOf(index)]!.add(
      Object.values({ empty: 'is an empty file', unknown, broken, huge }).find((known) => reason.includes(known)) ??
        reason,
    );
  }
  expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, new Set([kinds[name]!.reason ?? 'read'])])));
  expect(read.length + loader.quarantined.length).toBe(330);
});
test('stops when the quarantine limit is exceeded', async () => {
  const loader = new Loader(decoded(await imageFolder(folder), sharpDecoder), {
    batchSize: 16,
    quarantineLimit: 0.1,
    collate: (_, indices) => indices,
  });
  await expect(
    (async () => {
      for await (const _ of loader) expect(loader.quarantined.length).toBeLessThanOrEqual(33);
    })(),
  ).rejects.toThrow('of 330 samples could not be loaded, but quarantineLimit allows 33');
});
