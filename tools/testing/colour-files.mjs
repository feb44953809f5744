// @ts-check
import { sharpDecoder } from '@graft/augment/node';
import { Random } from '@graft/tensor';

const colours = { blue: [30, 60, 220], green: [40, 200, 60], red: [220, 50, 40] };

/**
 * Square PNG images of three colours with noise, as a browser's file list: `red/3.png`.
 * @param {object} options
 * @param {number} options.count images of each colour
 * @param {number} [options.side] pixels; default 20
 * @returns {Promise<File[]>} sorted by name
 */
export async function colourFiles({ count, side = 20 }) {
  const files = [];
  for (const [name, colour] of Object.entries(colours))
    for (let i = 0; i < count; i++) {
      const random = new Random(i).fork(name);
      const data = Uint8Array.from({ length: side * side * 3 }, (_, k) =>
        Math.min(255, Math.max(0, /** @type {number} */ (colour[k % 3]) + 60 * (random.next() - 0.5))),
      );
      const png = await sharpDecoder.encode({ data, width: side, height: side, channels: 3 }, { type: 'png' });
      files.push(new File([/** @type {BlobPart} */ (png)], `${name}/${i}.png`));
    }
  return files;
}
