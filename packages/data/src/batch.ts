import { didYouMean } from '@graft/plugin';
import type { HostArray } from '@graft/tensor';
import { checkImage } from './check-image.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';
import { type Normalization, writePlanes } from './normalization.ts';

/** What a network should predict for the samples of a batch, and which samples they are. */
export interface BatchTargets {
  /** The class of each sample, or where there is a `labelShape` numbers to predict. */
  readonly labels: Int32Array | Float32Array;
  /** `[samples]`, or `[samples, numbers]`, one row after the other. */
  readonly labelShape?: readonly number[];
  /** The number of each sample in the loader's dataset. */
  readonly indices: readonly number[];
}

/** Samples put together, as typed arrays: a network's input and what it should predict. */
export interface Batch extends BatchTargets {
  /** All inputs, one after the other. */
  readonly inputs: Float32Array;
  /** `[samples, …]`; for images `[samples, channels, height, width]`. */
  readonly shape: readonly number[];
}

/** Samples for a network of several inputs. */
export interface NamedBatch extends BatchTargets {
  /** Each input by its name, with its dtype and shape `[samples, …]`. */
  readonly inputs: Readonly<Record<string, HostArray>>;
}

/** A batch of one array of inputs, or of named ones. */
export type AnyBatch = Batch | NamedBatch;

/** Whether a batch has named inputs. */
export const isNamed = (batch: AnyBatch): batch is NamedBatch => !ArrayBuffer.isView(batch.inputs);

/** Puts samples together. `indices` are their numbers in the dataset. */
export type Collate<Sample, B> = (samples: readonly Sample[], indices: readonly number[]) => B;

export interface ImageBatchOptions {
  /**
   * Whether each batch is written over the one before; default false. For loops that are done with a batch when they ask
   * for the next, as `fit` is; it spares the collector 20 MB with every 32 images of 224².
   */
  readonly reuse?: boolean;
}

/**
 * Batches of images, normalised: `[samples, channels, height, width]`.
 * @throws where samples are not decoded, or images differ in size, with the names of two that do
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
    for (const { input } of samples) checkImage(input, 'imageBatch');
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
 * @throws where vectors differ in length, or a sample is not a list of numbers
 */
export function vectorBatch(): Collate<Labelled<ArrayLike<number>>, Batch> {
  return (samples, indices) => {
    const length = samples[0]!.input?.length;
    const inputs = new Float32Array(samples.length * (length || 0));
    samples.forEach(({ input }, i) => {
      if (typeof input === 'string' || !Number.isInteger(input?.length))
        throw new Error(
          `vectorBatch expects lists of numbers, and sample ${indices[i]} is ${JSON.stringify(input) ?? 'undefined'}. For images, use imageBatch() with decoded(dataset, decoder).`,
        );
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

/**
 * Batches for networks of several inputs: each part of a sample's input is put together by a collate of its own, and becomes the network's input of that name.
 * @throws where a sample lacks a part, with the sample's number
 */
export function namedBatch<Parts extends Readonly<Record<string, unknown>>>(collates: {
  readonly [Name in keyof Parts]: Collate<Labelled<Parts[Name]>, Batch>;
}): Collate<Labelled<Parts>, NamedBatch> {
  const names: readonly (keyof Parts & string)[] = Object.keys(collates);
  if (names.length === 0) throw new Error('namedBatch expects a collate for each input, got none.');
  return (samples, indices) => {
    const parts = names.map((name) =>
      collates[name](
        samples.map((sample, i) => {
          if (!Object.hasOwn(sample.input, name))
            throw new Error(
              `Sample ${indices[i]} has no "${name}".${didYouMean(name, Object.keys(sample.input))} Its parts are ${Object.keys(sample.input).join(', ')}.`,
            );
          return { ...sample, input: sample.input[name] };
        }),
        indices,
      ),
    );
    const inputs = parts.map(({ inputs: data, shape }): HostArray => ({ shape, dtype: 'float32', data }));
    return {
      inputs: Object.fromEntries(names.map((name, i) => [name, inputs[i]!])),
      labels: parts[0]!.labels,
      indices,
    };
  };
}

const described = ({ input, path }: Labelled<Image>): string =>
  `${path === undefined ? 'one of' : `"${path}",`} ${input.width}×${input.height}×${input.channels}`;
