import { type Preset, presets } from '@graft/augment';
import {
  createTransforms,
  type DecodeOptions,
  type ExampleFile,
  type Image,
  imageDecoderOf,
  type ReadingOptions,
  type Transform,
} from '@graft/data';
import { asGraftError, type Context, didYouMean, GraftError } from '@graft/plugin';
import { modality } from '@graft/tasks';
import { Random } from '@graft/tensor';
import { objectiveOf } from './configured.ts';
import { readingOf } from './reading-of.ts';
import { openData } from './run-data.ts';
import type { Configured, RunOptions } from './run-options.ts';
import { warnOfData } from './warn-of-data.ts';
import { Work, type WorkContext } from './work.ts';

/** Options of {@link previewTransforms}. */
export interface PreviewOptions extends Partial<Pick<RunOptions, 'task' | 'targets' | 'seed'>>, ReadingOptions {
  readonly data: unknown;
  /** A preset's name (`imagenet`, `digits`, `documents`, `wholeImage`), or transforms by name. */
  readonly transforms: string | readonly Configured[];
  /** Maximum number of images, spread evenly over the data; default 8. */
  readonly count?: number;
  /** Augmented versions of each image; default 6. */
  readonly views?: number;
}

/** An image and its augmented versions, as training sees them. */
export interface TransformPreview {
  readonly name: string;
  readonly original: Image;
  readonly views: readonly Image[];
}

/**
 * Augments some images of a data set for inspection; `contactSheet` of `@graft/augment/node` draws them. Unreadable images are skipped with a warning.
 * @throws {@link GraftError} if the data cannot be opened, a transform is unknown, or no image can be read
 */
export async function previewTransforms(
  { data: location, transforms, task, targets, count = 8, views = 6, seed = 0, ...reading }: PreviewOptions,
  context: WorkContext,
): Promise<TransformPreview[]> {
  const work = new Work(context);
  const { scope, progress } = work;
  try {
    const { transform, decode } = pipelineOf(scope, transforms);
    const data = await openData(scope, location, {
      modality: scope.get(modality, 'image').create({}, scope),
      objective: objectiveOf(scope, { ...(task !== undefined && { task }) }),
      columns: targets,
      reading: readingOf(reading),
    });
    warnOfData(data, (message, source) => progress.warn(message, source));
    const decoder = imageDecoderOf(scope);
    const random = new Random(seed);
    const firstReadable = async (from: number, to: number): Promise<{ index: number; original: Image } | undefined> => {
      for (let index = from; index < to; index++) {
        const file = data.examples[index]!.input as ExampleFile;
        try {
          return { index, original: await decoder.decode(await file.bytes(), { ...decode, name: file.name }) };
        } catch (error) {
          progress.warn((error as Error).message, 'data');
        }
      }
      return undefined;
    };
    const previews: TransformPreview[] = [];
    const shown = Math.min(count, data.examples.length);
    for (let k = 0; k < shown; k++) {
      await progress.breathe();
      const [from, to] = [k, k + 1].map((place) => Math.floor((place * data.examples.length) / shown));
      const read = await firstReadable(from!, to!);
      if (!read) continue;
      const { index, original } = read;
      // The same random numbers as in a loader's epochs, to show what training sees.
      const changed: Image[] = [];
      for (let epoch = 0; epoch < views; epoch++)
        changed.push(await transform(original, random.fork('sample', epoch, index)));
      previews.push({ name: data.examples[index]!.name, original, views: changed });
    }
    if (!previews.length)
      throw new GraftError(
        `None of the ${data.examples.length} images of "${data.location}" can be read. Repair or remove them.`,
        {
          code: 'data.read',
          place: data.location,
        },
      );
    return previews;
  } catch (error) {
    throw asGraftError(error, 'data.preview');
  } finally {
    await work.dispose();
  }
}

/** The transform and the decoder options. Images for a list of transforms are decoded as for ImageNet, not at full resolution. */
function pipelineOf(
  context: Context,
  transforms: PreviewOptions['transforms'],
): { transform: Transform<Image>; decode: DecodeOptions } {
  if (typeof transforms !== 'string')
    return { transform: createTransforms(context, transforms), decode: presets.imagenet().decode };
  const names = Object.keys(presets);
  if (!names.includes(transforms))
    throw new GraftError(
      `There is no preset "${transforms}".${didYouMean(transforms, names)} Give one of ${names.join(', ')}, or a list of transforms.`,
      { code: 'options.value', place: 'transforms' },
    );
  const { training, decode }: Preset = presets[transforms as keyof typeof presets]();
  return { transform: training, decode };
}
