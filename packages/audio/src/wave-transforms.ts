import type { Transform } from '@graft/data';
import type { Random } from '@graft/tensor';
import { partOf } from './windows.ts';

/** Changes the samples of a wave, in place of which it returns new ones of the same number. */
export type WaveTransform = Transform<Float32Array>;

/** A number from a range of the options. @throws if it is not a range */
const drawn = (random: Random, [low, high]: readonly [number, number]): number => random.range(low, high);

function checkRange(name: string, option: string, range: readonly [number, number]): void {
  if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isFinite) || range[0]! > range[1]!)
    throw new Error(`${name} expects ${option} to be [low, high], got ${JSON.stringify(range)}.`);
}

function checkShare(name: string, option: string, share: number): void {
  if (!(share >= 0 && share <= 1)) throw new Error(`${name} expects ${option} from 0 to 1, got ${share}.`);
}

/**
 * Shifts a wave in time, and fills with zeros.
 * @param share the most to shift in either direction, as a fraction of the length
 */
export function timeShift({ share = 0.1 }: { readonly share?: number } = {}): WaveTransform {
  checkShare('timeShift', 'share', share);
  return (samples, random) => {
    const most = Math.floor(share * samples.length);
    return partOf(samples, random.int(2 * most + 1) - most, samples.length);
  };
}

/** Makes a wave louder or quieter. @param decibels the range of the change; default [−6, 6] */
export function gain({ decibels = [-6, 6] }: { readonly decibels?: readonly [number, number] } = {}): WaveTransform {
  checkRange('gain', 'decibels', decibels);
  return (samples, random) => {
    const factor = 10 ** (drawn(random, decibels) / 20);
    return samples.map((sample) => factor * sample);
  };
}

/** Adds white noise. Silence stays silent. @param decibels the range of the ratio of the wave's energy to that of the noise; default [10, 40] */
export function whiteNoise({
  decibels = [10, 40],
}: { readonly decibels?: readonly [number, number] } = {}): WaveTransform {
  checkRange('whiteNoise', 'decibels', decibels);
  return (samples, random) => {
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
    const deviation = Math.sqrt(energy) * 10 ** (-drawn(random, decibels) / 20);
    return samples.map((sample) => sample + deviation * random.normal());
  };
}

/**
 * Silences a part of a wave: the time masking of SpecAugment (Park et al. 2019), which a network that computes its spectrogram itself gets this way.
 * @param share the most to silence, as a fraction of the length
 * @param count number of parts
 */
export function timeMask({
  share = 0.2,
  count = 1,
}: { readonly share?: number; readonly count?: number } = {}): WaveTransform {
  checkShare('timeMask', 'share', share);
  checkCount('timeMask', count);
  return (samples, random) => {
    const result = samples.slice();
    for (let i = 0; i < count; i++) {
      const length = random.int(Math.floor(share * samples.length) + 1);
      const start = random.int(samples.length - length + 1);
      result.fill(0, start, start + length);
    }
    return result;
  };
}

/** Half the length of the filter that removes a band. */
const half = 64;

/**
 * Removes a band of frequencies: the frequency masking of SpecAugment (Park et al. 2019) for waves, by a windowed-sinc filter.
 * @param share the widest band to remove, as a fraction of all frequencies up to half the rate
 */
export function frequencyMask({ share = 0.15 }: { readonly share?: number } = {}): WaveTransform {
  checkShare('frequencyMask', 'share', share);
  return (samples, random) => {
    const width = share * random.next();
    const low = (1 - width) * random.next();
    return filtered(samples, bandStop(low, low + width));
  };
}

/** A filter that removes frequencies from `low` to `high`, as fractions of half the rate, with a Hamming window. */
function bandStop(low: number, high: number): Float64Array {
  const lowPass = (edge: number, i: number): number => (i === 0 ? edge : Math.sin(Math.PI * edge * i) / (Math.PI * i));
  return Float64Array.from({ length: 2 * half + 1 }, (_, n) => {
    const i = n - half;
    const hamming = 0.54 + 0.46 * Math.cos((Math.PI * i) / half);
    return (i === 0 ? 1 : 0) - hamming * (lowPass(high, i) - lowPass(low, i));
  });
}

function filtered(samples: Float32Array, filter: Float64Array): Float32Array {
  return samples.map((_, at) => {
    let sum = 0;
    for (let n = Math.max(0, at - half); n <= Math.min(samples.length - 1, at + half); n++)
      sum += samples[n]! * filter[at - n + half]!;
    return sum;
  });
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > 100)
    throw new Error(`${name} expects a count from 0 to 100, got ${count}.`);
}
