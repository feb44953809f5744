/** `12.3 s` or `2 min 5 s`. */
export const duration = (seconds: number): string =>
  seconds < 59.95
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(Math.round(seconds) / 60)} min ${Math.round(seconds) % 60} s`;

/** `93.5 %`, or a dash for `null` and `NaN`. */
export const percent = (value: number | null): string =>
  value === null || Number.isNaN(value) ? '–' : `${(100 * value).toFixed(1)} %`;

/** `1 image`, `3 images`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** `5.2 MB`. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Mean and sample standard deviation (n − 1), which is 0 for a single number. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1)),
  };
}

/** A number in about six characters: `0.00123`, `1.2e-5`, `9,380`. */
export const shortNumber = (value: number): string =>
  value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6)
    ? value.toExponential(1)
    : Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
