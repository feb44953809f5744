/** Samples by number. Reading one may take time; it always gives the same sample. */
export interface Dataset<Sample> {
  readonly length: number;
  /** The sample at `index`, which counts from 0. */
  get(index: number): Sample | Promise<Sample>;
}

/** A dataset over an array, or over anything like one. */
export function arrayDataset<Sample>(samples: ArrayLike<Sample>): Dataset<Sample> {
  return {
    length: samples.length,
    get: (index) => samples[checkIndex(index, samples.length)]!,
  };
}

/** A dataset whose samples are `change(sample, index)`. For random changes give the {@link Loader} a transform. */
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
 * The samples of these numbers, in this order.
 * @throws where a number is not in the dataset
 */
export function subset<Sample>(dataset: Dataset<Sample>, indices: ArrayLike<number>): Dataset<Sample> {
  for (let i = 0; i < indices.length; i++) checkIndex(indices[i]!, dataset.length);
  return {
    length: indices.length,
    get: (index) => dataset.get(indices[checkIndex(index, indices.length)]!),
  };
}

/** The samples of all these datasets, one dataset after the other. */
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
      throw new Error(`The datasets were ${length} samples long when they were joined, and have become shorter.`);
    },
  };
}

function checkIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new Error(`There is no sample ${index} in a dataset of ${length}; they are numbered from 0 to ${length - 1}.`);
}
