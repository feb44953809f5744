// @ts-check
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { sharpDecoder } from '@graft/augment/node';
import { imageFolder } from '@graft/data/node';
import sharp from 'sharp';
import { png, pngChunk, pngHeader, pngSignature, pngStrip } from '../../testing/png.mjs';
import { leftOut, refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('../case.mjs').Outcome} Outcome */

const picture = (width = 40, height = 40) =>
  sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 89 + (i >> 3) * 31) & 255)), {
    raw: { width, height, channels: 3 },
  });

/** Decodes an image of a folder. @param {string} file @returns {NonNullable<Case['read']>} */
const decode = (file) => async (folder, work) => {
  const { data, width, height } = await sharpDecoder.decode(join(folder, file));
  work({ bytes: data.length });
  return `${width}×${height}`;
};

/** A case with one image. @param {string} name @param {string} extension @param {() => Uint8Array | Promise<Uint8Array>} make @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, extension, make, outcome, more = {}) => ({
  name,
  file: `image.${extension}`,
  files: async (folder) => writeFileSync(join(folder, `image.${extension}`), await make()),
  read: decode(`image.${extension}`),
  outcome,
  ...more,
});

const broken = refused(/broken image/);
const unknown = refused(/known format/);
const huge = refused(/pixels/);
const gif = (/** @type {string} */ hex) => Buffer.from(hex, 'hex');
/** A TIFF with entries of [tag, type, count, value]. @param {readonly (readonly [number, number, number, number])[]} entries @param {number} [next] */
function tiff(entries, next = 0) {
  const bytes = Buffer.alloc(8 + 2 + 12 * entries.length + 4 + 64);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, type, count, value], i) => {
    bytes.writeUInt16LE(tag, 10 + 12 * i);
    bytes.writeUInt16LE(type, 12 + 12 * i);
    bytes.writeUInt32LE(count, 14 + 12 * i);
    bytes.writeUInt32LE(value, 18 + 12 * i);
  });
  bytes.writeUInt32LE(next, 10 + 12 * entries.length);
  return bytes;
}
const tiffOf = (
  /** @type {number} */ width,
  /** @type {number} */ height,
  /** @type {readonly (readonly [number, number, number, number])[]} */ more = [],
  next = 0,
) =>
  tiff(
    [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, 1, 8],
      [259, 3, 1, 1],
      [262, 3, 1, 1],
      [273, 4, 1, 8],
      [277, 3, 1, 1],
      [278, 4, 1, height],
      [279, 4, 1, 64],
      ...more,
    ],
    next,
  );

/** A folder of two classes with two images each, and more. @param {string} folder */
async function classFolder(folder) {
  for (const name of ['cat', 'dog'])
    for (const i of [0, 1]) {
      mkdirSync(join(folder, 'data', name), { recursive: true });
      writeFileSync(join(folder, 'data', name, `${i}.png`), await picture().png().toBuffer());
    }
  return join(folder, 'data');
}
/** Lists the images of a folder and what is left out. @type {NonNullable<Case['read']>} */
async function listFolder(folder, work) {
  const found = await imageFolder(join(folder, 'data'));
  work({ steps: found.length });
  const unreadable = [];
  for (let i = 0; i < found.length; i++) {
    try {
      const sample = await found.get(i);
      if (!('input' in sample)) throw new Error(String(/** @type {Error} */ (sample).message));
      await sharpDecoder.decode(/** @type {string} */ (sample.input));
    } catch (error) {
      unreadable.push(/** @type {Error} */ (error).message);
    }
  }
  return `${found.length} images of ${found.classes.join(', ')}; ${unreadable.join(' ')} ${JSON.stringify(found)}`.slice(
    0,
    20_000,
  );
}
/** A case with a folder of classes. @param {string} name @param {(data: string, folder: string) => void} put @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const folderCase = (name, put, outcome, more = {}) => ({
  name: `image folder: ${name}`,
  files: async (folder) => put(await classFolder(folder), folder),
  read: listFolder,
  outcome,
  ...more,
});

/** @type {readonly Case[]} */
export const images = [
  one('an empty file', 'png', () => Buffer.alloc(0), refused(/empty file/)),
  one('zeros', 'jpg', () => Buffer.alloc(5000), unknown),
  one('a text', 'png', () => Buffer.from('hello'), unknown),
  one('an HTML page', 'jpg', () => Buffer.from('<!doctype html><title>404</title>'), unknown),
  one(
    'an SVG that reads a file',
    'png',
    () =>
      Buffer.from(
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>',
      ),
    unknown,
  ),
  one(
    'an SVG with a billion laughs',
    'png',
    () =>
      Buffer.from(
        `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i} "${`&a${i ? i - 1 : ''};`.repeat(10)}">`).join('')}]><svg>&a29;</svg>`,
      ),
    unknown,
  ),
  one('a PDF', 'png', () => Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj'), unknown),
  one(
    'an EPS that runs commands',
    'jpg',
    () => Buffer.from('%!PS\n(%pipe%touch ../elsewhere/made) (w) file closefile\n'),
    unknown,
  ),
  one(
    'an ImageMagick script',
    'png',
    () => Buffer.from('push graphic-context\nimage over 0,0 0,0 "|touch ../elsewhere/made"\npop graphic-context\n'),
    unknown,
  ),
  // PNG
  one('a PNG of 100,000×100,000 pixels by its header', 'png', () => png({ width: 100_000, height: 100_000 }), huge),
  one('a PNG of 2^31−1 by 1 pixels', 'png', () => png({ width: 2 ** 31 - 1, height: 1 }), refused(/broken|pixels/)),
  one(
    'a PNG of 4,294,967,295 pixels square',
    'png',
    () => png({ width: 2 ** 32 - 1, height: 2 ** 32 - 1 }),
    refused(/broken|pixels/),
  ),
  one('a PNG without size', 'png', () => png({ width: 0, height: 5 }), broken),
  one('a PNG without pixels', 'png', () => png({ width: 30, height: 30 }), broken),
  one('a PNG with a depth of 3', 'png', () => png({ width: 30, height: 30, depth: 3 }), broken),
  one('a PNG with colour type 5', 'png', () => png({ width: 30, height: 30, colour: 5 }), broken),
  one(
    'a PNG with a palette that is missing',
    'png',
    () => png({ width: 4, height: 4, colour: 3 }, deflateSync(Buffer.alloc(20, 9))),
    broken,
  ),
  one(
    'a PNG that inflates to more than its pixels',
    'png',
    () => png({ width: 30, height: 30 }, deflateSync(Buffer.alloc(50_000_000))),
    works(/30×30/),
  ),
  one(
    'a PNG with text that inflates to 200 MB',
    'png',
    () =>
      png({ width: 30, height: 30 }, deflateSync(Buffer.alloc(91 * 30)), [
        pngChunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(200_000_000))])),
      ]),
    works(/30×30/),
    { heavy: true },
  ),
  one(
    'a PNG with 100,000 text chunks',
    'png',
    () =>
      png(
        { width: 30, height: 30 },
        deflateSync(Buffer.alloc(91 * 30)),
        Array.from({ length: 100_000 }, (_, i) => pngChunk('tEXt', Buffer.from(`k${i}\0v`))),
      ),
    works(/30×30/),
  ),
  one(
    'a PNG with a profile that is noise',
    'png',
    () =>
      png({ width: 30, height: 30 }, deflateSync(Buffer.alloc(91 * 30)), [
        pngChunk('iCCP', Buffer.concat([Buffer.from('ICC\0\0'), deflateSync(Buffer.alloc(500, 7))])),
      ]),
    works(/30×30/),
  ),
  one(
    'a PNG with a wrong checksum',
    'png',
    () =>
      Buffer.concat([
        pngSignature,
        pngHeader({ width: 30, height: 30 }),
        pngChunk('IDAT', deflateSync(Buffer.alloc(91 * 30)), 1),
        pngChunk('IEND', Buffer.alloc(0)),
      ]),
    broken,
  ),
  one(
    'a PNG with a chunk of 2^31−1 bytes',
    'png',
    () => Buffer.concat([pngSignature, pngHeader({ width: 30, height: 30 }), Buffer.from('7fffffff49444154', 'hex')]),
    broken,
  ),
  one(
    'an interlaced PNG of a strip',
    'png',
    () => png({ width: 30_000, height: 10, depth: 1, colour: 0, interlace: 1 }),
    refused(/longer side/),
  ),
  ...[
    [100_000, 1],
    [1, 1_000_000],
    [10_000_000, 1],
    [1_000_000, 16],
    [99_000_000, 1],
  ].map(([width = 1, height = 1]) =>
    one(`a strip of ${width}×${height} pixels`, 'png', () => pngStrip(width, height), refused(/longer side/)),
  ),
  one('a strip of 100×1 pixels', 'png', () => pngStrip(100, 1), works(/100×1/)),
  one('10,000×9,000 pixels in 11 kB', 'png', () => pngStrip(10_000, 9_000), works(/10000×9000/), { heavy: true }),
  one('half a PNG', 'png', async () => (await picture().png().toBuffer()).subarray(0, 900), broken),
  // JPEG
  one('half a JPEG', 'jpg', async () => (await picture().jpeg().toBuffer()).subarray(0, 800), broken),
  one(
    'a JPEG of 65,535×65,535 pixels by its header',
    'jpg',
    async () => {
      const bytes = await picture().jpeg().toBuffer();
      const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
      bytes.writeUInt16BE(65_535, frame + 5);
      bytes.writeUInt16BE(65_535, frame + 7);
      return bytes;
    },
    huge,
  ),
  one(
    'a JPEG with an Exif loop',
    'jpg',
    async () => {
      const bytes = await picture().jpeg().toBuffer();
      const exif = Buffer.concat([Buffer.from('Exif\0\0'), tiffOf(1, 1, [[34665, 4, 1, 8]], 8)]);
      return Buffer.concat([
        bytes.subarray(0, 2),
        Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255]),
        exif,
        bytes.subarray(2),
      ]);
    },
    works(/40×40/),
  ),
  one(
    'a JPEG with 30,000 empty scans',
    'jpg',
    async () => {
      const bytes = await picture(16, 16).jpeg({ progressive: true }).toBuffer();
      const scan = bytes.subarray(bytes.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
      return Buffer.concat([bytes.subarray(0, -2), ...Array.from({ length: 30_000 }, () => scan), bytes.subarray(-2)]);
    },
    broken,
    { heavy: true },
  ),
  one(
    'a JPEG that continues as a ZIP archive',
    'jpg',
    async () => Buffer.concat([await picture().jpeg().toBuffer(), Buffer.from('504b0304', 'hex'), Buffer.alloc(500)]),
    works(/40×40/),
  ),
  one('a JPEG named .png', 'png', () => picture().jpeg().toBuffer(), works(/40×40/)),
  one(
    'a JPEG with the pngSignature of a PNG',
    'jpg',
    async () => Buffer.concat([pngSignature, (await picture().jpeg().toBuffer()).subarray(8)]),
    broken,
  ),
  one(
    'a PNG with the pngSignature of a JPEG',
    'png',
    async () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), (await picture().png().toBuffer()).subarray(3)]),
    broken,
  ),
  // GIF
  one(
    'a GIF of 65,535×65,535 pixels',
    'gif',
    () => gif('474946383961ffffffff0000002c00000000ffffffff0002024401003b'),
    huge,
  ),
  one('a GIF without frames', 'gif', () => gif('4749463839610a000a000000003b'), broken),
  one(
    'a GIF with a frame outside of its screen',
    'gif',
    () => gif('4749463839610a000a00000000002c64006400ffffffff00020244 01003b'.replace(/ /g, '')),
    refused(/broken|pixels/),
  ),
  one(
    'a GIF of 1×1 pixels with a frame of 65,535×65,535',
    'gif',
    () => gif('474946383961010001000000002c00000000ffffffff0002024401003b'),
    refused(/broken|pixels/),
  ),
  one(
    'a GIF with 20,000 frames',
    'gif',
    async () => {
      const bytes = await picture(8, 8).gif().toBuffer();
      const frame = bytes.subarray(bytes.lastIndexOf(0x2c), -1);
      return Buffer.concat([
        bytes.subarray(0, -1),
        ...Array.from({ length: 20_000 }, () => frame),
        Buffer.from([0x3b]),
      ]);
    },
    works(/8×8/),
  ),
  one(
    'a GIF with code size 255',
    'gif',
    () => gif('4749463839610a000a00800000ffffff0000002c000000000a000a0000ff02440100003b'),
    broken,
  ),
  // TIFF
  one('a TIFF of 4 billion pixels square', 'tif', () => tiffOf(2 ** 32 - 1, 2 ** 32 - 1), refused(/broken|pixels/)),
  one('a TIFF of 60,000×60,000 pixels', 'tif', () => tiffOf(60_000, 60_000), huge),
  ...[
    ['floats', 32, 3],
    ['integers of 32 bits', 32, 1],
    ['numbers with a sign', 16, 2],
  ].map(([what, bits, format]) =>
    one(
      `a TIFF of ${what}, which may be read as black`,
      'tif',
      () =>
        tiff([
          [256, 4, 1, 2],
          [257, 4, 1, 2],
          [258, 3, 1, Number(bits)],
          [259, 3, 1, 1],
          [262, 3, 1, 1],
          [273, 4, 1, 8],
          [277, 3, 1, 1],
          [278, 4, 1, 2],
          [279, 4, 1, Number(bits) / 2],
          [339, 3, 1, Number(format)],
        ]),
      refused(/brightest value/),
    ),
  ),
  one('a TIFF whose directory follows itself', 'tif', () => tiffOf(8, 8, [], 8), works(/8×8/)),
  one(
    'a TIFF with 65,535 entries',
    'tif',
    () => {
      const bytes = tiffOf(8, 8);
      bytes.writeUInt16LE(65_535, 8);
      return bytes;
    },
    refused(/broken|known format/),
  ),
  one(
    'a TIFF whose strips are outside of it',
    'tif',
    () =>
      tiff([
        [256, 4, 1, 8],
        [257, 4, 1, 8],
        [258, 3, 1, 8],
        [259, 3, 1, 1],
        [262, 3, 1, 1],
        [273, 4, 1, 2 ** 31],
        [277, 3, 1, 1],
        [278, 4, 1, 8],
        [279, 4, 1, 64],
      ]),
    broken,
  ),
  one(
    'a TIFF with a colour map of 4 billion entries',
    'tif',
    () => tiffOf(8, 8, [[320, 3, 2 ** 32 - 1, 8]]),
    works(/8×8/),
  ),
  one(
    'a TIFF with 1,000 samples per pixel',
    'tif',
    () =>
      tiff([
        [256, 4, 1, 8],
        [257, 4, 1, 8],
        [258, 3, 1, 8],
        [259, 3, 1, 1],
        [262, 3, 1, 1],
        [273, 4, 1, 8],
        [277, 3, 1, 1000],
        [278, 4, 1, 8],
        [279, 4, 1, 64],
      ]),
    broken,
  ),
  one(
    'a BigTIFF header',
    'tif',
    () => Buffer.from('49492b0008000000ffffffffffffffff', 'hex'),
    refused(/broken|known format/),
  ),
  one(
    'half a TIFF',
    'tif',
    async () => (await picture().tiff({ compression: 'none' }).toBuffer()).subarray(0, 2000),
    broken,
  ),
  // WebP and AVIF
  one('half a WebP', 'webp', async () => (await picture().webp().toBuffer()).subarray(0, 300), broken),
  one(
    'a WebP of 16,383×16,383 pixels by its header',
    'webp',
    () => Buffer.from('524946461a000000574542505650384c0d0000002ffffffffF07000000000000'.padEnd(88, '0'), 'hex'),
    refused(/broken|pixels/),
  ),
  one(
    'a RIFF that is a sound',
    'webp',
    () => Buffer.from('524946462400000057415645666d7420'.padEnd(96, '0'), 'hex'),
    unknown,
  ),
  one('half an AVIF', 'avif', async () => (await picture().avif({ effort: 0 }).toBuffer()).subarray(0, 400), broken),
  one(
    'an AVIF of 65,536×65,536 pixels by its header',
    'avif',
    async () => {
      const bytes = await picture().avif({ effort: 0 }).toBuffer();
      const at = bytes.indexOf('ispe');
      bytes.writeUInt32BE(65_536, at + 8);
      bytes.writeUInt32BE(65_536, at + 12);
      return bytes;
    },
    refused(/broken|pixels/),
  ),
  one(
    'an AVIF box of 2^63 bytes',
    'avif',
    () =>
      Buffer.from('0000001c667479706176696600000000617669666d6966316d6961660000000166726565ffffffffffffffff', 'hex'),
    broken,
  ),
  one(
    'an AVIF box of no bytes',
    'avif',
    () => Buffer.from('0000001c667479706176696600000000617669666d6966316d69616600000000000000000000', 'hex'),
    broken,
  ),
  // Not files
  {
    name: 'a pipe named image.png',
    file: 'image.png',
    files: (folder) => execFileSync('mkfifo', [join(folder, 'image.png')]),
    read: decode('image.png'),
    outcome: refused(/pipe/),
  },
  {
    name: 'a folder named image.png',
    file: 'image.png',
    files: (folder) => mkdirSync(join(folder, 'image.png')),
    read: decode('image.png'),
    outcome: refused(/is a folder/),
  },
  {
    name: 'a link to /dev/zero named image.png',
    file: 'image.png',
    files: (folder) => symlinkSync('/dev/zero', join(folder, 'image.png')),
    read: decode('image.png'),
    outcome: refused(/device/),
  },
  {
    name: 'a link to itself named image.png',
    file: 'image.png',
    files: (folder) => symlinkSync('image.png', join(folder, 'image.png')),
    read: decode('image.png'),
    outcome: refused(/cannot be read/),
  },
  // Folders of classes
  folderCase(
    'a pipe among the images',
    (data) => execFileSync('mkfifo', [join(data, 'cat', '2.png')]),
    works(/4 images/),
  ),
  folderCase(
    'a link out of the folder',
    (data) => symlinkSync('../../../elsewhere/secret.txt', join(data, 'cat', '2.png')),
    leftOut(/outside/),
  ),
  folderCase(
    'a class that is a link out of the folder',
    (data) => symlinkSync('../../elsewhere', join(data, 'fox')),
    refused(/outside/),
  ),
  folderCase('a link to the folder itself', (data) => symlinkSync('..', join(data, 'cat', 'again')), works(/4 images/)),
  folderCase('a broken link', (data) => symlinkSync('nowhere.png', join(data, 'cat', '2.png')), leftOut(/broken link/)),
  folderCase(
    'a class named __proto__',
    (data) => (
      mkdirSync(join(data, '__proto__')),
      copyFileSync(join(data, 'cat', '0.png'), join(data, '__proto__', '0.png'))
    ),
    works(/__proto__/),
  ),
  folderCase(
    'a class named constructor',
    (data) => (
      mkdirSync(join(data, 'constructor')),
      copyFileSync(join(data, 'cat', '0.png'), join(data, 'constructor', '0.png'))
    ),
    works(/constructor/),
  ),
  folderCase('one class', (data) => execFileSync('rm', ['-r', join(data, 'dog')]), refused(/two/)),
  // Through the command
  {
    name: 'predict: broken, huge and linked images among intact ones',
    files: async (folder) => {
      const data = await classFolder(folder);
      writeFileSync(join(data, 'cat', 'bomb.png'), png({ width: 100_000, height: 100_000 }));
      writeFileSync(join(data, 'cat', 'strip.png'), pngStrip(1_000_000, 1));
      writeFileSync(join(data, 'cat', 'text.png'), 'hello');
      symlinkSync('../../../elsewhere/secret.txt', join(data, 'dog', 'out.png'));
    },
    command: (folder, { run }) => ['predict', join(folder, 'data'), '--model', run],
    outcome: leftOut(/bomb\.png[^]*strip\.png|strip\.png[^]*bomb\.png/),
  },
  {
    name: 'finetune: more broken images than intact ones',
    files: async (folder) => {
      const data = await classFolder(folder);
      for (let i = 0; i < 20; i++)
        writeFileSync(join(data, 'cat', `broken-${i}.png`), png({ width: 100_000, height: 100_000 }));
    },
    command: (folder, { model }) => [
      'finetune',
      '--model',
      model,
      '--data',
      join(folder, 'data'),
      '--out',
      'run',
      '--epochs',
      '1',
    ],
    writes: 'run',
    outcome: leftOut(/broken-\d+\.png/),
  },
  {
    name: 'predict: a pipe',
    file: 'image.png',
    files: (folder) => execFileSync('mkfifo', [join(folder, 'image.png')]),
    command: (folder, { run }) => ['predict', join(folder, 'image.png'), '--model', run],
    outcome: leftOut(/pipe/),
  },
  {
    name: 'predict: a list of paths that never ends, and Ctrl+C',
    command: (_, { run }) => ['predict', '-', '--model', run],
    interrupt: true,
    outcome: works(),
  },
  {
    name: 'predict: a list with a line of a hundred million characters',
    stdin: 'a'.repeat(100_000_000),
    command: (_, { run }) => ['predict', '-', '--model', run],
    outcome: leftOut(/a…|too long|ENAMETOOLONG/),
  },
  {
    name: 'Ctrl+C while 3,000 images are read',
    files: async (folder) => {
      const bytes = await picture(600, 600).png({ compressionLevel: 1 }).toBuffer();
      for (const name of ['red', 'blue']) {
        mkdirSync(join(folder, 'data', name), { recursive: true });
        for (let i = 0; i < 1500; i++) {
          if (i === 0) writeFileSync(join(folder, 'data', name, '0.png'), bytes);
          else copyFileSync(join(folder, 'data', name, '0.png'), join(folder, 'data', name, `${i}.png`));
        }
      }
    },
    command: (folder, { run }) => ['evaluate', run, '--data', join(folder, 'data')],
    interrupt: true,
    outcome: works(),
  },
];
