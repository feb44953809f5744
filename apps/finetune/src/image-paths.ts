import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type ImageFile, imageFiles } from '@graft/data/node';

/**
 * The images that somebody names: files as they are, all in a folder and below it, and for `-` what stdin lists, a path a line.
 * @throws where a folder holds no image, or nothing is named
 */
export async function imagePaths(
  named: readonly string[],
  stdin: Readable = process.stdin,
): Promise<readonly ImageFile[]> {
  const found: ImageFile[] = [];
  for (const name of named)
    if (name === '-')
      for await (const line of createInterface({ input: stdin, crlfDelay: Infinity }))
        found.push(...(line.trim() === '' ? [] : await files(line)));
    else found.push(...(await files(name)));
  if (!found.length)
    throw new Error('No image is named. Give image files, folders with images, or - and a list of paths on stdin.');
  return found;
}

async function files(name: string): Promise<readonly ImageFile[]> {
  if (!(await stat(name).catch(() => undefined))?.isDirectory()) return [{ path: name }]; // reading it says what is wrong
  const found = await imageFiles(name);
  if (!found.length)
    throw new Error(`"${name}" holds no images (JPEG, PNG, WebP, GIF, AVIF, TIFF). Give another folder, or files.`);
  return found;
}
