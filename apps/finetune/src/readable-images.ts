import { type Dataset, type Image, type Labelled, Loader } from '@graft/data';
import type { ImageFolder } from '@graft/data/node';
import type { Reporter } from './reporter.ts';
import type { Label } from './task/task.ts';

export interface ReadableImages {
  /** Numbers in the folder of the images that can be read. */
  readonly indices: readonly number[];
  /** The others. */
  readonly quarantined: readonly { readonly index: number; readonly path?: string; readonly reason: string }[];
}

/**
 * Reads every image once, before anything is learned: what is broken shall be in no part of the split.
 * @param classified what class each image is of, where it has one
 * @throws where no image can be read, or none of a class, or with `strict` at the first that cannot
 */
export async function readableImages(
  images: Dataset<Labelled<Image, Label>>,
  classified: Pick<ImageFolder, 'classes' | 'labels'> | undefined,
  { strict, reporter }: { strict: boolean; reporter: Reporter },
): Promise<ReadableImages> {
  const loader = new Loader(images, { batchSize: 16, quarantineLimit: 1, collate: (_, indices) => indices });
  const indices: number[] = [];
  for await (const batch of loader) {
    indices.push(...batch);
    const [broken] = loader.quarantined;
    if (strict && broken) break;
    reporter.count('reading images', indices.length + loader.quarantined.length, images.length);
    await reporter.breathe();
  }
  const { quarantined } = loader;
  if (strict && quarantined[0])
    throw new Error(`${quarantined[0].reason} Or leave out --strict, and it is passed over.`);
  const { classes, labels } = classified ?? { classes: [], labels: [] };
  const readable = new Set(indices.map((index) => labels[index]!));
  if (!classified && !indices.length)
    throw new Error(`No image can be read, of ${quarantined.length}. The first: ${quarantined[0]!.reason}`);
  for (const [label, name] of classes.entries()) {
    const broken = quarantined.filter(({ index }) => labels[index] === label);
    if (!readable.has(label))
      throw new Error(
        `The class "${name}" has no image that can be read, of ${broken.length}. The first: ${broken[0]?.reason ?? 'there is none.'}`,
      );
  }
  for (const { reason } of quarantined) reporter.warn(`left out an image: ${reason}`);
  return { indices, quarantined };
}
