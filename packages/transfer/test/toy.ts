import {
  arrayDataset,
  type Batch,
  type Image,
  image,
  imageBatch,
  type Labelled,
  Loader,
  onInput,
  type Transform,
} from '@graft/data';
import { BatchNorm2d, Conv2d, Flatten, GlobalAvgPool, Linear, ReLU, Sequential } from '@graft/layers';
import { Random } from '@graft/tensor';
import { TransferModel } from '../src/index.ts';

/** Noisy 8×8 images: the left half is bright in class 0, the top half in class 1. */
export const toyImages = (seed: number, count = 32): Labelled<Image>[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2;
    const pixels = Uint8Array.from({ length: 64 }, (_, at) =>
      Math.floor(((label ? at < 32 : at % 8 < 4) ? 150 : 30) + 80 * random.next()),
    );
    return { input: image(pixels, 8, 8, 1), label };
  });
};
/** A random transform. */
export const brighter: Transform<Image> = (picture, random) =>
  image(
    picture.data.map((value) => Math.min(255, value + 40 * random.next())),
    8,
    8,
    1,
  );

export type ToyLoader = Loader<Labelled<Image>, Labelled<Image>, Batch>;
export const toyLoader = ({
  seed = 1,
  transform,
  shuffle = false,
}: { seed?: number; transform?: Transform<Image>; shuffle?: boolean } = {}): ToyLoader =>
  new Loader(arrayDataset(toyImages(seed)), {
    batchSize: 8,
    seed,
    shuffle,
    collate: imageBatch({ mean: [0.5], std: [0.5] }),
    ...(transform && { transform: onInput(transform) }),
  });

/** Two convolutions with batch norm in between; returns vectors of 16 features. */
export const toyBackbone = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 1, out: 8, kernel: 3, padding: 1, stride: 2 }),
    new BatchNorm2d({ features: 8 }),
    new ReLU(),
    new Conv2d({ in: 8, out: 16, kernel: 4 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
  ).initialize(5);
export const toyModel = (seed = 0): TransferModel =>
  new TransferModel(toyBackbone(), new Linear({ in: 16, out: 2 }).initialize(seed));
