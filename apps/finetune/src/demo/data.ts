import { imageFolder, type ImageFolder } from '@graft/data/node';
import { digits } from '@graft/augment';
import type { Dataset, Image, Labelled } from '@graft/data';
import { writeDigits } from '../digits.ts';
import { decodedImages } from '../image-loader.ts';

export interface DemoData {
  /** Where the images are. */
  readonly path: string;
  readonly folder: ImageFolder;
  readonly images: Dataset<Labelled<Image>>;
}

/** The handwritten digits as a user's own folder of images. */
export async function openDemoData(): Promise<DemoData> {
  const path = await writeDigits();
  const folder = await imageFolder(path);
  return { path, folder, images: decodedImages(folder, digits()) };
}
