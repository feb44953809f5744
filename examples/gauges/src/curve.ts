import type { Random } from '@graft/tensor';

/** A time series of measurements. */
export interface Curve {
  /** [channels, steps]. */
  readonly values: Float32Array;
  readonly channels: number;
  readonly steps: number;
}

/** Maximum length of text quoted in a message. */
const maxQuoted = 20;

/**
 * Parses a curve from text: numbers separated by spaces, line breaks, commas or semicolons, with all channels of a time step next to each other.
 * @param name name of the curve in messages
 * @throws if a value is not a finite number, or there are less than two complete time steps
 */
export function parseCurve(text: string, name: string, channels: number): Curve {
  const cells = text.split(/[\s,;]+/).filter(Boolean);
  const numbers = cells.map(Number);
  const wrong = numbers.findIndex((number) => !Number.isFinite(number));
  if (wrong >= 0)
    throw new Error(
      `Value ${wrong + 1} of "${name}" is ${JSON.stringify(cells[wrong]!.slice(0, maxQuoted))}, but must be a finite number. Correct or remove it.`,
    );
  const steps = numbers.length / channels;
  if (!Number.isInteger(steps) || steps < 2)
    throw new Error(
      `"${name}" contains ${numbers.length} numbers, but a curve with ${channels} channel${channels === 1 ? '' : 's'} needs ${channels} for each of at least two time steps. Complete or remove it.`,
    );
  const values = Float32Array.from(
    { length: numbers.length },
    (_, i) => numbers[(i % steps) * channels + Math.floor(i / steps)]!,
  );
  return { values, channels, steps };
}

/**
 * Resamples a curve to another number of time steps by linear interpolation.
 * @param shift shifts the curve to the left by a fraction of its length; its ends are repeated
 */
export function resampled({ values, channels, steps }: Curve, length: number, shift = 0): Curve {
  const resampled = new Float32Array(channels * length);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < length; i++) {
      const at = Math.min(Math.max((length === 1 ? 0.5 : i / (length - 1)) + shift, 0), 1) * (steps - 1);
      const [left, part] = [Math.floor(at), at % 1];
      const [from, to] = [values[c * steps + left]!, values[c * steps + Math.min(left + 1, steps - 1)]!];
      resampled[c * length + i] = from + part * (to - from);
    }
  return { values: resampled, channels, steps: length };
}

/** Adds Gaussian noise to a curve. @param deviations standard deviation of the noise for each channel */
export const noisy = ({ values, ...curve }: Curve, deviations: readonly number[], random: Random): Curve => ({
  ...curve,
  values: values.map((value, i) => value + deviations[Math.floor(i / curve.steps)]! * random.normal()),
});

const [width, height, margin] = [192, 192, 8];

/** Draws a curve as SVG, with one line per channel. */
export function curvePicture({ values, channels, steps }: Curve): Uint8Array {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const x = (step: number): number => margin + ((width - 2 * margin) * step) / (steps - 1);
  const y = (value: number): number => height - margin - ((height - 2 * margin) * (value - low)) / (high - low || 1);
  const lines = Array.from({ length: channels }, (_, c) => {
    const points = Array.from(values.subarray(c * steps, (c + 1) * steps), (value, step) =>
      [x(step), y(value)].map((at) => at.toFixed(1)).join(),
    );
    return `<polyline fill="none" stroke="hsl(${212 + 97 * c} 80% 40%)" stroke-width="2" points="${points.join(' ')}"/>`;
  });
  return new TextEncoder().encode(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="#fff"/>${lines.join('')}</svg>`,
  );
}
