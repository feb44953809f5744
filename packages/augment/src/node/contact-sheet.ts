import type { Image } from '@graft/data';
import sharp, { type OverlayOptions } from 'sharp';

/** One row of a contact sheet: an image and its transformed views. */
export interface ContactRow {
  readonly name: string;
  readonly original: Image;
  readonly views: readonly Image[];
}

const [cell, gap, label] = [144, 8, 20];
const paint = ['#e5484d', '#0090ff', '#30a46c', '#f76b15', '#8e4ec6'];

/** Draws a PNG sheet with one row per image: the original with its name, then its views. Boxes, masks and keypoints are drawn, too. */
export async function contactSheet(rows: readonly ContactRow[]): Promise<Uint8Array> {
  const columns = 1 + Math.max(0, ...rows.map(({ views }) => views.length));
  const [width, height] = [gap + columns * (cell + gap) + gap, gap + rows.length * (cell + label + gap)];
  const placed: OverlayOptions[] = [];
  const texts: string[] = [];
  for (const [row, { name, original, views }] of rows.entries())
    for (const [column, image] of [original, ...views].entries()) {
      // A wider gap separates the originals from their views.
      const [left, top] = [gap + column * (cell + gap) + (column > 0 ? gap : 0), gap + row * (cell + label + gap)];
      placed.push({ ...(await thumbnail(image)), left, top });
      if (column === 0) texts.push(`<text x="${left}" y="${top + cell + 14}">${escapeXml(shortened(name))}</text>`);
    }
  const lettering = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g fill="#57606a" font-family="sans-serif" font-size="12">${texts.join('')}</g></svg>`;
  return sharp({ create: { width, height, channels: 3, background: '#f6f8fa' } })
    .composite([...placed, { input: Buffer.from(lettering), left: 0, top: 0 }])
    .removeAlpha()
    .png()
    .toBuffer();
}

/** An image scaled to a cell, with its annotations. */
async function thumbnail(image: Image): Promise<{ input: Buffer }> {
  const { width, height, channels } = image;
  const bytes =
    image.data instanceof Uint8Array
      ? image.data
      : Uint8Array.from(image.data, (value) => Math.min(Math.max(255 * value + 0.5, 0), 255));
  const raw = sharp(tinted(bytes, image), { raw: { width, height, channels: channels as 1 | 3 } });
  const scale = Math.min(cell / width, cell / height);
  const [left, top] = [(cell - width * scale) / 2, (cell - height * scale) / 2];
  const at = (x: number, y: number): [number, number] => [left + x * scale, top + y * scale];
  const shapes: string[] = [];
  for (let k = 0; image.boxes && k < image.boxes.length; k += 4) {
    const [x, y] = at(image.boxes[k]!, image.boxes[k + 1]!);
    const [right, bottom] = at(image.boxes[k + 2]!, image.boxes[k + 3]!);
    shapes.push(
      `<rect x="${x}" y="${y}" width="${right - x}" height="${bottom - y}" fill="none" stroke="${paintOf(image.boxLabels?.[k / 4] ?? 0)}" stroke-width="2"/>`,
    );
  }
  for (let k = 0; image.keypoints && k < image.keypoints.length; k += 2) {
    const [x, y] = at(image.keypoints[k]!, image.keypoints[k + 1]!);
    shapes.push(`<circle cx="${x}" cy="${y}" r="3" fill="${paintOf(k / 2)}" stroke="#fff"/>`);
  }
  const overlay = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${cell}" height="${cell}">${shapes.join('')}</svg>`,
  );
  const fitted = await raw
    .resize(cell, cell, { fit: 'contain', background: '#eaeef2', kernel: scale > 2 ? 'nearest' : 'lanczos3' })
    .toColourspace('srgb')
    .png()
    .toBuffer();
  return {
    input: await sharp(fitted)
      .composite([{ input: overlay }])
      .png()
      .toBuffer(),
  };
}

const paintOf = (kind: number): string => paint[((kind % paint.length) + paint.length) % paint.length]!;

/** Blends the colours of the mask's classes into the pixels. */
function tinted(bytes: Uint8Array, { mask, channels }: Image): Uint8Array {
  if (!mask || channels !== 3) return bytes;
  const result = bytes.slice();
  for (const [pixel, kind] of mask.entries())
    if (kind > 0)
      for (let c = 0; c < 3; c++)
        result[3 * pixel + c] =
          (result[3 * pixel + c]! + Number.parseInt(paintOf(kind).slice(1 + 2 * c, 3 + 2 * c), 16)) / 2;
  return result;
}

const shortened = (text: string): string => (text.length > 22 ? `…${text.slice(-21)}` : text);
const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[\u0000-\u001f]/g, ' ');
