import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';
import { type Normalization, writePlanes } from './normalization.ts';

/** Samples put together, as typed arrays: a network's input and what it should answer. */
export interface Batch {
  /** All inputs, one after the other. */
  readonly inputs: Float32Array;
  /** `[samples, …]`; for images `[samples, channels, height, width]`. */
  readonly shape: readonly number[];
  /** The class of each sample, or where there is a `labelShape` numbers to predict. */
  readonly labels: Int32Array | Float32Array;
  /** `[samples]`, or `[samples, numbers]`, one row after the other. */
  readonly labelShape?: readonly number[];
  /** The number of each sample in the loader's dataset. */
  readonly indices: readonly number[];
}

/** Puts samples together. `indices` are their numbers in the dataset. */
export type Collate<Sample, B> = (samples: readonly Sample[], indices: readonly number[]) => B;

export interface ImageBatchOptions {
  /**
   * Whether each batch is written over the one before: false unless told. For loops that are done with a batch when they ask
   * for the next, as `fit` is; it spares the collector 20 MB with every 32 images of 224².
   */
  readonly reuse?: boolean;
}

/**
 * Batches of images, normalised: `[samples, channels, height, width]`.
 * @throws where images differ in size, with the names of two that do
 */
export function imageBatch(
  normalization: Normalization = {},
  { reuse = false }: ImageBatchOptions = {},
): Collate<Labelled<Image>, Batch> {
  let held = new Float32Array(0);
  const room = (length: number): Float32Array => {
    if (!reuse) return new Float32Array(length);
    if (held.length < length) held = new Float32Array(length);
    return held.subarray(0, length);
  };
  return (samples, indices) => {
    const first = samples[0]!;
    const { width, height } = first.input;
    const channels = normalization.channels ?? first.input.channels;
    const size = channels * height * width;
    const inputs = room(samples.length * size);
    samples.forEach((sample, i) => {
      const { input } = sample;
      if (input.width !== width || input.height !== height || input.channels !== first.input.channels)
        throw new Error(
          `The images of a batch have one size, and ${described(first)} and ${described(sample)} differ. End the transforms with resize({ size: … }).`,
        );
      writePlanes(input, normalization, inputs, i * size);
    });
    return {
      inputs,
      shape: [samples.length, channels, height, width],
      labels: Int32Array.from(samples, (sample) => sample.label),
      indices,
    };
  };
}

/**
 * Batches of plain vectors: `[samples, length]`.
 * @throws where vectors differ in length
 */
export function vectorBatch(): Collate<Labelled<ArrayLike<number>>, Batch> {
  return (samples, indices) => {
    const length = samples[0]!.input.length;
    const inputs = new Float32Array(samples.length * length);
    samples.forEach(({ input }, i) => {
      if (input.length !== length)
        throw new Error(
          `The vectors of a batch have one length, and sample ${indices[i]} has ${input.length} numbers where sample ${indices[0]} has ${length}.`,
        );
      inputs.set(input, i * length);
    });
    return {
      inputs,
      shape: [samples.length, length],
      labels: Int32Array.from(samples, (sample) => sample.label),
      indices,
    };
  };
}

const described = ({ input, path }: Labelled<Image>): string =>
  `${path === undefined ? 'one of' : `"${path}",`} ${input.width}×${input.height}×${input.channels}`;
