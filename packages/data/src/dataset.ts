/** Samples by index. Reading a sample may be slow, but always returns the same one. */
export interface Dataset<Sample> {
  readonly length: number;
  /** The sample at `index`, from 0. */
  get(index: number): Sample | Promise<Sample>;
}

/** A dataset of an array or array-like object. */
export function arrayDataset<Sample>(samples: ArrayLike<Sample>): Dataset<Sample> {
  return {
    length: samples.length,
    get: (index) => samples[checkIndex(index, samples.length)]!,
  };
}

/** A dataset of `change(sample, index)`. For random changes, pass a `transform` to the {@link Loader} instead. */
export function mapDataset<In, Out>(
  dataset: Dataset<In>,
  change: (sample: In, index: number) => Out | Promise<Out>,
): Dataset<Out> {
  return {
    length: dataset.length,
    get(index) {
      const sample = dataset.get(index);
      return sample instanceof Promise ? sample.then((value) => change(value, index)) : change(sample, index);
    },
  };
}

/**
 * The samples at these indices, in this order.
 * @throws if an index is out of range
 */
export function subset<Sample>(dataset: Dataset<Sample>, indices: ArrayLike<number>): Dataset<Sample> {
  for (let i = 0; i < indices.length; i++) checkIndex(indices[i]!, dataset.length);
  return {
    length: indices.length,
    get: (index) => dataset.get(indices[checkIndex(index, indices.length)]!),
  };
}

/** Concatenates datasets. */
export function concat<Sample>(...datasets: readonly Dataset<Sample>[]): Dataset<Sample> {
  const length = datasets.reduce((sum, dataset) => sum + dataset.length, 0);
  return {
    length,
    get(index) {
      checkIndex(index, length);
      let local = index;
      for (const dataset of datasets) {
        if (local < dataset.length) return dataset.get(local);
        local -= dataset.length;
      }
      throw new Error(
        `The concatenated datasets had ${length} samples, but now have fewer. Do not shorten a dataset after concat().`,
      );
    },
  };
}

function checkIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new Error(`There is no sample ${index} in a dataset of ${length}; indices go from 0 to ${length - 1}.`);
}
