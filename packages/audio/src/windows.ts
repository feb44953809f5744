/**
 * The part of a wave from `start` with this length; what is outside of the wave is 0.
 * @param start may be negative
 */
export function partOf(samples: Float32Array, start: number, length: number): Float32Array {
  const part = new Float32Array(length);
  const inside = samples.subarray(Math.max(0, start), Math.max(0, start + length));
  if (inside.length) part.set(inside, Math.max(0, -start));
  return part;
}

/** Where each window of a long wave starts: every `hop` samples, and one at the end, so nothing is left out. */
export function windowStarts(samples: number, { length, hop = length }: WindowsOptions): number[] {
  if (![length, hop].every((size) => Number.isInteger(size) && size >= 1))
    throw new Error(`Windows expect a length and a hop of at least 1 sample, got ${length} and ${hop}.`);
  const starts = Array.from({ length: Math.floor(Math.max(0, samples - length) / hop) + 1 }, (_, i) => i * hop);
  if (starts.at(-1)! + length < samples) starts.push(samples - length);
  return starts;
}

/** Options of {@link windows}. */
export interface WindowsOptions {
  /** Samples of a window. */
  readonly length: number;
  /** Samples from one window to the next; a smaller number than `length` makes them overlap. Default `length`. */
  readonly hop?: number;
}

/** Cuts a long wave into windows of one length; the last one ends where the wave does. A shorter wave is one window, padded with zeros. */
export function windows(samples: Float32Array, options: WindowsOptions): Float32Array[] {
  return windowStarts(samples.length, options).map((start) => partOf(samples, start, options.length));
}

/** Where the loudest part of this length starts: that with the most energy, the first of several. A shorter wave is centred, so its start is negative. */
export function loudestStart(samples: Float32Array, length: number): number {
  const spare = samples.length - length;
  if (spare <= 0) return Math.ceil(spare / 2);
  let energy = 0;
  for (let i = 0; i < length; i++) energy += samples[i]! ** 2;
  let [best, most] = [0, energy];
  for (let start = 1; start <= spare; start++) {
    energy += samples[start + length - 1]! ** 2 - samples[start - 1]! ** 2;
    // Rounding must not choose among silent parts.
    if (energy > most * (1 + 1e-9)) [best, most] = [start, energy];
  }
  return best;
}
