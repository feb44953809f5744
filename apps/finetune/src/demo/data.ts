import { imageFolder, type ImageFolder } from '@graft/data/node';
import { digits } from '@graft/augment';
import type { Dataset, Image, Labelled } from '@graft/data';
import { writeDigits } from '../digits.ts';
import { decodedImages } from '../image-loader.ts';

export interface DemoData {
  readonly folder: ImageFolder;
  readonly images: Dataset<Labelled<Image>>;
}

/** The handwritten digits as a user's own folder of images. */
export async function openDemoData(): Promise<DemoData> {
  const folder = await imageFolder(await writeDigits());
  return { folder, images: decodedImages(folder, digits()) };
}
