import {
  arrayDataset,
  type AnyBatch,
  type Batch,
  type Collate,
  type FeatureStore,
  isNamed,
  type Labelled,
  Loader,
  vectorBatch,
  withTargets,
} from '@graft/data';
import { compile, type AnyModule } from '@graft/layers';
import { cast, sameShape, scope, type Shape, showShape, type TypedArray } from '@graft/tensor';
import { backendOf, prepareBatch, samplesIn } from '@graft/train';
import { type ModuleDigest, moduleDigest } from './module-digest.ts';
import { sha256 } from './sha256.ts';

/** The features and label of a sample. */
export interface FeatureSample extends Labelled<Float32Array, number | Float32Array> {
  /** The sample's index in the dataset, which all its views share. */
  readonly index: number;
}

/** Outputs of a backbone for a dataset, computed once to train a head at almost no cost. */
export interface Features {
  /** The features and label of each sample; all samples of the first view come first, then those of the second. */
  readonly samples: readonly FeatureSample[];
  /** The shape of one sample's features: `[features]`, `[channels, height, width]` or `[tokens, width]`; `[0]` if there are no samples. */
  readonly shape: Shape;
  /** Number of values per sample. */
  readonly size: number;
}

export interface ExtractOptions {
  /** Number of passes over the data; random transforms differ in each. Default 1. */
  readonly views?: number;
  /** A cache of features for later runs. */
  readonly store?: FeatureStore | undefined;
  /** Called after each batch with the number of samples so far, and how many of them came from the store. */
  readonly onBatch?: (done: number, stored: number) => void;
}

/** Options of {@link featureLoader}. */
export interface FeatureLoaderOptions {
  readonly batchSize: number;
  /** Seed of the shuffling. */
  readonly seed?: number;
  /** Whether to shuffle in each epoch; default true. */
  readonly shuffle?: boolean;
}

/** A loader whose inputs are features. */
export type FeatureLoader = Loader<
  Labelled<Float32Array, number | Float32Array>,
  Labelled<Float32Array, number | Float32Array>,
  Batch
>;

/**
 * Runs a frozen module over data and returns its outputs. A store keeps them by digests of the module (ops, weights, backend) and of the
 * transformed and normalised sample: a second run does not run the module, and anything that changed is recomputed.
 * @throws if the outputs differ in shape, or their batch size differs from that of the inputs
 * @throws if there is a store, and the module cannot be traced
 */
export async function extractFeatures(
  module: AnyModule,
  data: { batches(epoch: number): AsyncIterable<AnyBatch> },
  { views = 1, store, onBatch }: ExtractOptions = {},
): Promise<Features> {
  const samples: FeatureSample[] = [];
  const backend = backendOf(module);
  let compiled: ReturnType<typeof compile> | undefined; // not needed if all features are stored
  let shape: Shape | undefined;
  const takeShape = ([, ...found]: Shape): void => {
    shape ??= found;
    if (!sameShape(shape, found))
      throw new Error(
        `All features must have the same shape, got ${showShape(shape)} and ${showShape(found)}. End the transforms with resize({ size: … }).`,
      );
  };
  const run = async (batch: AnyBatch): Promise<readonly Float32Array[]> => {
    const ready = (compiled ??= compile(module));
    const output = scope(() => ready.forward(prepareBatch(batch, backend).input));
    const count = samplesIn(batch);
    if (output.shape[0] !== count)
      throw new Error(
        `The network returns features of shape ${showShape(output.shape)} for a batch of ${count}: it was exported with a fixed batch size. Export it with a dynamic batch dimension.`,
      );
    takeShape(output.shape);
    const floats = cast(output, 'float32');
    const values = (await floats.array()) as Float32Array;
    for (const one of new Set([output, floats])) one.dispose();
    return rowsOf(values, count).map((row) => row.slice());
  };
  const kept = store && new FeatureKeys(module);
  let stored = 0;
  try {
    for (let view = 0; view < views; view++)
      for await (const batch of data.batches(view)) {
        const keys = (await kept?.keysOf(batch)) ?? [];
        if (kept) takeShape(await kept.shapeOf(batch));
        const found = await Promise.all(keys.map((key) => store!.read(key)));
        const complete = kept !== undefined && found.every((row) => row !== undefined);
        const rows = complete ? (found as Float32Array[]) : await run(batch);
        for (const [n, key] of keys.entries()) if (!found[n]) await store!.write(key, rows[n]!);
        if (complete) stored += rows.length;
        for (const [n, label] of labelsOf(batch).entries())
          samples.push({ input: rows[n]!, label, index: batch.indices[n]! });
        onBatch?.(samples.length, stored);
      }
  } finally {
    compiled?.dispose();
  }
  return { samples, shape: shape ?? [0], size: samples[0]?.input.length ?? 0 };
}

/** Keys and shapes of a module's features in a store. */
class FeatureKeys {
  readonly #module: AnyModule;
  readonly #digests = new Map<string, Promise<ModuleDigest>>();

  constructor(module: AnyModule) {
    this.#module = module;
  }

  #digestOf(batch: AnyBatch): Promise<ModuleDigest> {
    const one = isNamed(batch)
      ? Object.fromEntries(
          Object.entries(batch.inputs).map(([name, { shape, dtype }]) => [name, { shape: ofOne(shape), dtype }]),
        )
      : ofOne(batch.shape);
    const name = isNamed(batch) ? JSON.stringify(one) : batch.shape.slice(1).join('x');
    if (!this.#digests.has(name)) this.#digests.set(name, moduleDigest(this.#module, one));
    return this.#digests.get(name)!;
  }

  /** The shape of the features, with a batch size of 1. */
  async shapeOf(batch: AnyBatch): Promise<Shape> {
    return (await this.#digestOf(batch)).output;
  }

  /** A key for each sample in a batch. */
  async keysOf(batch: AnyBatch): Promise<string[]> {
    const arrays = isNamed(batch) ? Object.values(batch.inputs) : [{ data: batch.inputs, shape: batch.shape }];
    const { digest } = await this.#digestOf(batch);
    const rows = arrays.map(({ data, shape }) => rowsOf(data, shape[0]!));
    return Promise.all(
      rows[0]!.map(async (_, n) => [digest, ...(await Promise.all(rows.map((row) => sha256(row[n]!))))].join(' ')),
    );
  }
}

/** The shape with a batch size of 1. */
const ofOne = (shape: Shape): Shape => [1, ...shape.slice(1)];

/** Views of a batch's values, one per sample. */
const rowsOf = <T extends TypedArray>(values: T, count: number): T[] =>
  Array.from(
    { length: count },
    (_, n) => values.subarray((n * values.length) / count, ((n + 1) * values.length) / count) as T,
  );

/** Each sample's class or target values. */
const labelsOf = (batch: AnyBatch): readonly (number | Float32Array)[] =>
  batch.labelShape ? rowsOf(batch.labels as Float32Array, samplesIn(batch)) : Array.from(batch.labels);

/** Loads features in batches of `[samples, ...shape]`, shuffled in each epoch by default. */
export const featureLoader = (
  { samples, shape }: Features,
  { batchSize, seed = 0, shuffle = true }: FeatureLoaderOptions,
): FeatureLoader =>
  new Loader(arrayDataset<Labelled<Float32Array, number | Float32Array>>(samples), {
    batchSize,
    seed,
    shuffle,
    collate: inShape(shape, typeof samples[0]?.label === 'number' ? vectorBatch() : withTargets(vectorBatch())),
    prefetch: 0,
  });

/** Wraps a collate function of vectors to restore the shape of the features. */
const inShape = (shape: Shape, collate: unknown): Collate<Labelled<Float32Array, number | Float32Array>, Batch> => {
  const flat = collate as Collate<Labelled<Float32Array, number | Float32Array>, Batch>;
  return (samples, indices) => ({ ...flat(samples, indices), shape: [samples.length, ...shape] });
};
