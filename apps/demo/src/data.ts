import { digits } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import { cached, type Dataset, decoded, type Image, type Labelled } from '@graft/data';
import { imageFolder, type ImageFolder } from '@graft/data/node';
import { writeDigits } from './digits.ts';

/** The images of the demo. */
export interface DemoData {
  /** The folder of the images. */
  readonly path: string;
  readonly folder: ImageFolder;
  readonly images: Dataset<Labelled<Image>>;
}

/** Opens the handwritten digits as a folder of images with one subfolder per class. */
export async function openDemoData(): Promise<DemoData> {
  const path = await writeDigits();
  const folder = await imageFolder(path);
  return { path, folder, images: cached(decoded(folder, sharpDecoder, digits().decode)) };
}
