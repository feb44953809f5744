import { digits } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import { cached, type Dataset, decoded, type Image, type Labelled } from '@graft/data';
import { imageFolder, type ImageFolder } from '@graft/data/node';
import { writeDigits } from './digits.ts';

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
  return { path, folder, images: cached(decoded(folder, sharpDecoder, digits().decode)) };
}
