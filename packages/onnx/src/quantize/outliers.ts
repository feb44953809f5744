/** The share of values other than 0 that may become 0 before it is reported. */
const mostLost = 0.5;
/** Fewer values have no typical magnitude. */
const fewest = 8;

/** A value that is much larger than the others that share its scale. */
export interface Outlier {
  readonly value: number;
  /** How many times larger it is than the median magnitude of the others. */
  readonly factor: number;
}

/**
 * The outlier of values with a scale, if more than half of those that are not 0 become 0 because of it.
 * @param limit the integer that the largest magnitude becomes
 */
export function outlierOf(values: ArrayLike<number>, limit: number): Outlier | undefined {
  const magnitudes = Float64Array.from(values, Math.abs)
    .filter((value) => value > 0)
    .sort();
  if (magnitudes.length < fewest) return undefined;
  const greatest = magnitudes.at(-1)!;
  const lost = magnitudes.findIndex((value) => value >= greatest / limit / 2);
  if (lost <= mostLost * magnitudes.length) return undefined;
  const median = magnitudes[magnitudes.length >> 1]!;
  return { value: Array.from(values).find((value) => Math.abs(value) === greatest)!, factor: greatest / median };
}

/** A factor for a message, with two digits. */
export const timesLarger = (factor: number): string => `${Number(factor.toPrecision(2)).toLocaleString('en')} times`;
