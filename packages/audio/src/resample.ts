/** Zero crossings of the sinc on each side, and the parameter of its Kaiser window, as in SciPy's `resample_poly`. */
const [crossings, beta] = [10, 5];
/** The largest term of a ratio of rates. A ratio with larger terms is rounded to them, which changes the speed by less than 1 part in 30,000. */
const largestTerm = 2 ** 15;

/**
 * Resamples a wave with a windowed-sinc filter, one phase of it for each output sample, like SciPy's `resample_poly`. Samples before and after the wave count as 0.
 * @param samples at `from` samples per second
 * @returns ⌈length · to / from⌉ samples
 * @throws if a rate is not a positive integer
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  for (const rate of [from, to])
    if (!Number.isInteger(rate) || rate < 1)
      throw new Error(`resample expects rates that are positive integers, got ${from} and ${to}.`);
  const { up, down } = ratioOf(from, to);
  if (up === down) return samples.slice();
  const filter = lowPass(up, down);
  const half = (filter.length - 1) / 2;
  const result = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let i = 0; i < result.length; i++) {
    // Among the samples with up − 1 zeros after each, the centre of the filter is at i · down.
    const centre = i * down;
    const first = Math.max(0, Math.ceil((centre - half) / up));
    const last = Math.min(samples.length - 1, Math.floor((centre + half) / up));
    let sum = 0;
    for (let n = first, tap = centre - first * up + half; n <= last; n++, tap -= up) sum += samples[n]! * filter[tap]!;
    result[i] = sum;
  }
  return result;
}

function ratioOf(from: number, to: number): { up: number; down: number } {
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const most = Math.max(up, down);
  if (most <= largestTerm) return { up, down };
  const rounded = [up, down].map((term) => Math.max(1, Math.round((term * largestTerm) / most))) as [number, number];
  const common = greatestCommonDivisor(...rounded);
  return { up: rounded[0] / common, down: rounded[1] / common };
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** A low-pass filter of the lower rate for a wave at `up` times its rate, with a gain of `up`. */
function lowPass(up: number, down: number): Float64Array {
  const most = Math.max(up, down);
  const half = crossings * most;
  const filter = new Float64Array(2 * half + 1);
  const edge = bessel(beta);
  let sum = 0;
  for (let i = -half; i <= half; i++) {
    const x = (Math.PI * i) / most;
    const value = ((i === 0 ? 1 : Math.sin(x) / x) * bessel(beta * Math.sqrt(1 - (i / half) ** 2))) / edge;
    filter[i + half] = value;
    sum += value;
  }
  return filter.map((value) => (up * value) / sum);
}

/** The modified Bessel function I₀, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
