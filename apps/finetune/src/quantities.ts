/** `12.3 s` or `2 min 5 s`. */
export const duration = (seconds: number): string => (seconds < 59.95 ? `${seconds.toFixed(1)} s` : `${Math.floor(Math.round(seconds) / 60)} min ${Math.round(seconds) % 60} s`);

/** `93.5 %`. */
export const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);

/** `1 image`, `3 images`. */
export const counted = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** `5.2 MB`. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A number in six characters or so: `0.00123`, `1.2e-5`, `9,380`. */
export const shortNumber = (value: number): string =>
  value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6) ? value.toExponential(1) : Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
