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
import { sameShape, scope, type Shape, showShape, type TypedArray } from '@graft/tensor';
import { backendOf, prepareBatch, samplesIn } from '@graft/train';
import { type ModuleDigest, moduleDigest } from './module-digest.ts';
import { sha256 } from './sha256.ts';

/** A backbone's answers to samples, computed once, so that training a head costs almost nothing. */
export interface Features {
  /** One after another, views of the same samples behind each other. */
  readonly samples: readonly Labelled<Float32Array, number | Float32Array>[];
  /** The shape of one sample's features: `[features]`, `[channels, height, width]` or `[tokens, width]`; `[0]` where there are no samples. */
  readonly shape: Shape;
  /** Numbers in one. */
  readonly size: number;
}

export interface ExtractOptions {
  /** How often to go through the samples: each time random transforms differ. Default 1. */
  readonly views?: number;
  /** Where features are looked up first and kept, for the next run. */
  readonly store?: FeatureStore | undefined;
  /** Hears of each batch: how many samples are done, and how many of them came from the store. */
  readonly onBatch?: (done: number, stored: number) => void;
}

/** Options of {@link featureLoader}. */
export interface FeatureLoaderOptions {
  readonly batchSize: number;
  /** Of the order. */
  readonly seed?: number;
  /** Default true. */
  readonly shuffle?: boolean;
}

/** A loader whose inputs are features. */
export type FeatureLoader = Loader<
  Labelled<Float32Array, number | Float32Array>,
  Labelled<Float32Array, number | Float32Array>,
  Batch
>;

/**
 * Runs a frozen module over data and keeps its outputs. In a store they stand under digests of the module (ops, weights, backend) and of the
 * sample as it reaches it, changed and normalised: whatever is different is computed anew, and a second run does not run the module at all.
 */
export async function extractFeatures(
  module: AnyModule,
  data: { batches(epoch: number): AsyncIterable<AnyBatch> },
  { views = 1, store, onBatch }: ExtractOptions = {},
): Promise<Features> {
  const samples: Labelled<Float32Array, number | Float32Array>[] = [];
  const backend = backendOf(module);
  let compiled: ReturnType<typeof compile> | undefined; // not for features that are all stored
  let shape: Shape | undefined;
  const takeShape = ([, ...found]: Shape): void => {
    shape ??= found;
    if (!sameShape(shape, found))
      throw new Error(
        `Features have one shape, got ${showShape(shape)} and ${showShape(found)}. End the transforms with resize({ size: … }).`,
      );
  };
  const run = async (batch: AnyBatch): Promise<readonly Float32Array[]> => {
    const ready = (compiled ??= compile(module));
    const output = scope(() => ready.forward(prepareBatch(batch, backend).input));
    const count = samplesIn(batch);
    if (output.shape[0] !== count)
      throw new Error(
        `The network gives features of shape ${showShape(output.shape)} for a batch of ${count}: it was exported for a fixed batch size. Export it with an open batch dimension.`,
      );
    takeShape(output.shape);
    const values = (await output.array()) as Float32Array;
    output.dispose();
    return rowsOf(values, count).map((row) => row.slice());
  };
  const kept = store && new KeptFeatures(module);
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
        for (const [n, label] of labelsOf(batch).entries()) samples.push({ input: rows[n]!, label });
        onBatch?.(samples.length, stored);
      }
  } finally {
    compiled?.dispose();
  }
  return { samples, shape: shape ?? [0], size: samples[0]?.input.length ?? 0 };
}

/** What a store calls the features of a module. */
class KeptFeatures {
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

  /** The shape of the features, for one sample. */
  async shapeOf(batch: AnyBatch): Promise<Shape> {
    return (await this.#digestOf(batch)).output;
  }

  /** A key for each sample of a batch. */
  async keysOf(batch: AnyBatch): Promise<string[]> {
    const arrays = isNamed(batch) ? Object.values(batch.inputs) : [{ data: batch.inputs, shape: batch.shape }];
    const { digest } = await this.#digestOf(batch);
    const rows = arrays.map(({ data, shape }) => rowsOf(data, shape[0]!));
    return Promise.all(
      rows[0]!.map(async (_, n) => [digest, ...(await Promise.all(rows.map((row) => sha256(row[n]!))))].join(' ')),
    );
  }
}

/** The shape for one sample. */
const ofOne = (shape: Shape): Shape => [1, ...shape.slice(1)];

/** Each sample's share of a batch's numbers, where they are. */
const rowsOf = <T extends TypedArray>(values: T, count: number): T[] =>
  Array.from(
    { length: count },
    (_, n) => values.subarray((n * values.length) / count, ((n + 1) * values.length) / count) as T,
  );

/** Each sample's class, or its numbers to predict. */
const labelsOf = (batch: AnyBatch): readonly (number | Float32Array)[] =>
  batch.labelShape ? rowsOf(batch.labels as Float32Array, samplesIn(batch)) : Array.from(batch.labels);

/** Batches of features in their own shape, `[samples, ...shape]`, shuffled by epoch. */
export const featureLoader = (
  { samples, shape }: Features,
  { batchSize, seed = 0, shuffle = true }: FeatureLoaderOptions,
): FeatureLoader =>
  new Loader(arrayDataset(samples), {
    batchSize,
    seed,
    shuffle,
    collate: inShape(shape, typeof samples[0]?.label === 'number' ? vectorBatch() : withTargets(vectorBatch())),
    prefetch: 0,
  });

/** Batches of vectors, laid out as what the vectors are the numbers of. */
const inShape = (shape: Shape, collate: unknown): Collate<Labelled<Float32Array, number | Float32Array>, Batch> => {
  const flat = collate as Collate<Labelled<Float32Array, number | Float32Array>, Batch>;
  return (samples, indices) => ({ ...flat(samples, indices), shape: [samples.length, ...shape] });
};
