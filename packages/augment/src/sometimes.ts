import { type Image, imageTransform, type OptionReader, readOptions, type Transform } from '@graft/data';
import type { Random } from '@graft/tensor';
import { probabilityOption } from './probability.ts';

/** Options of transforms that are applied with a probability. */
export interface SometimesOptions {
  /** Probability of applying the transform, from 0 to 1. */
  readonly probability?: number;
}

/** Creates a transform that is applied with a probability. If it is not applied, it draws no further random numbers. */
export function sometimes<Readers extends Record<string, OptionReader<unknown>>>(
  name: string,
  options: object | undefined,
  fallback: number,
  readers: Readers,
  apply: (
    image: Image,
    given: { [Name in keyof Readers]: ReturnType<Readers[Name]> },
    random: Random,
  ) => Image | Promise<Image>,
): Transform<Image> {
  const { probability, ...given } = readOptions(name, options, {
    ...readers,
    probability: probabilityOption(fallback),
  } as Readers & { probability: OptionReader<number> });
  return imageTransform(name, (image, random) =>
    random.next() < (probability as number) ? apply(image, given as never, random) : image,
  );
}
