import { arrayDataset, type Batch, type Labelled, Loader, vectorBatch } from '@graft/data';
import type { Module } from '@graft/layers';
import { sizeOf } from '@graft/tensor';
import { predict } from '@graft/train';

/** A backbone's answers to samples, computed once, so that training a head costs almost nothing. */
export interface Features {
  /** One after another, views of the same samples behind each other. */
  readonly samples: readonly Labelled<Float32Array>[];
  /** Numbers in one. */
  readonly size: number;
}

export interface ExtractOptions {
  /** How often to go through the samples: each time random transforms differ. Default 1. */
  readonly views?: number;
  /** Hears of each batch. */
  readonly onBatch?: (done: number) => void;
}

export interface FeatureLoaderOptions {
  readonly batchSize: number;
  /** Of the order. */
  readonly seed?: number;
  /** Default true. */
  readonly shuffle?: boolean;
}

export type FeatureLoader = Loader<Labelled<Float32Array>, Labelled<ArrayLike<number>>, Batch>;

/** Runs a frozen module over data and keeps its outputs, flattened. */
export async function extractFeatures(module: Module, data: { batches(epoch: number): AsyncIterable<Batch> }, { views = 1, onBatch }: ExtractOptions = {}): Promise<Features> {
  const samples: Labelled<Float32Array>[] = [];
  let size = 0;
  for (let view = 0; view < views; view++)
    for await (const { batch, outputs: { values, shape } } of predict(module, data.batches(view))) {
      size = sizeOf(shape.slice(1));
      for (const [n, label] of batch.labels.entries()) samples.push({ input: values.slice(n * size, (n + 1) * size), label });
      onBatch?.(samples.length);
    }
  return { samples, size };
}

/** Batches of features, shuffled by epoch. */
export const featureLoader = ({ samples }: Features, { batchSize, seed = 0, shuffle = true }: FeatureLoaderOptions): FeatureLoader =>
  new Loader(arrayDataset(samples), { batchSize, seed, shuffle, collate: vectorBatch(), prefetch: 0 });
