/** The smoothed loss after a step at each rate. */
export type RateCurve = readonly { readonly learningRate: number; readonly loss: number }[];

/** Learning rates that a curve suggests. */
export interface SuggestedRates {
  /** The middle of the longest descent: a good rate for most runs. Undefined if the loss does not fall by more than its noise. */
  readonly valley: number | undefined;
  /** Where the loss falls fastest within that descent. */
  readonly steepest: number | undefined;
  /** Why there is no suggestion: the loss only rises, or its noise hides whether it falls. */
  readonly problem?: 'divergence' | 'noise';
}

/** How much of the running mean remains at each step, as in fastai. */
const momentum = 0.98;
/** How many standard deviations of its noise the smoothed loss must fall by: of 30,000 curves of noise alone, two suggested a rate. */
const significant = 3.5;
/** A fall of a smaller part of the loss is rounding, not learning. */
const leastFall = 1e-3;
/** A part of the descent at either end belongs to the flat part beside it if it is smaller than this many standard deviations of the smoothed loss; it is between these fractions of the descent. */
const [visible, leastPart, mostPart] = [2, 0.02, 0.25];

/** A running mean of losses, corrected for its start at 0. */
export class SmoothedLoss {
  #mean = 0;
  #count = 0;

  /** Adds a loss, and returns the smoothed one. */
  add(loss: number): number {
    this.#mean = momentum * this.#mean + (1 - momentum) * loss;
    return this.#mean / (1 - momentum ** ++this.#count);
  }
}

/**
 * Suggests rates as fastai does, but never from noise: the losses must fall by more than their noise, and flat parts at either end of the descent do not count.
 * @param losses the loss of each step before smoothing
 * @param steps number of steps that were planned; the curve ends earlier if the loss diverged
 */
export function suggestRates(curve: RateCurve, losses: readonly number[], steps: number): SuggestedRates {
  // As in fastai: skip the first steps, whose rates are too small to matter, and the last ones, where the loss diverges.
  const skipped = Math.floor(steps / 10);
  const judged = curve.slice(skipped, -5);
  const found = longestDescent(judged);
  // What follows the descent may be a divergence, whose jumps are no noise.
  const noise = noiseOf(found ? losses.slice(0, skipped + found.end + 1) : losses);
  const spread = (a: number, b: number): number => Math.hypot(noise(a), noise(b));
  const isAbove = (high: number, low: number, deviations: number): boolean => {
    const [top, bottom] = [curve[high]!.loss, curve[low]!.loss];
    return top - bottom > Math.max(deviations * spread(high, low), leastFall * Math.abs(top));
  };
  if (!found || !isAbove(skipped + found.start, skipped + found.end, significant)) {
    const rises = curve.length < steps || isAbove(curve.length - 1, skipped, 2 * significant);
    return { valley: undefined, steepest: undefined, problem: rises ? 'divergence' : 'noise' };
  }
  const { start, end } = found;
  const [top, bottom] = [judged[start]!.loss, judged[end]!.loss];
  const margin = (a: number, b: number): number =>
    Math.min(
      mostPart * (top - bottom),
      Math.max(visible * spread(skipped + a, skipped + b), leastPart * (top - bottom)),
    );
  let from = start;
  for (let i = start; i < end; i++) if (judged[i]!.loss >= top - margin(start, i)) from = i;
  let to = end;
  for (let i = end; i > from; i--) if (judged[i]!.loss <= bottom + margin(i, end)) to = i;
  return { valley: judged[middleOf(from, to)]?.learningRate, steepest: steepestOf(judged.slice(from, to + 1)) };
}

/** The places at which a descent starts and ends. */
interface Descent {
  readonly start: number;
  readonly end: number;
}

/** Ends of the longest decreasing subsequence, as if it had no gaps: fastai's definition. Undefined if the loss never falls. */
function longestDescent(curve: RateCurve): Descent | undefined {
  const lengths = curve.map(() => 1);
  let [start, end] = [0, 0];
  for (let i = 1; i < curve.length; i++) {
    for (let j = 0; j < i; j++)
      if (curve[i]!.loss < curve[j]!.loss) lengths[i] = Math.max(lengths[i]!, lengths[j]! + 1);
    if (lengths[end]! < lengths[i]!) [start, end] = [Math.max(0, i - lengths[i]!), i];
  }
  return end === 0 ? undefined : { start, end };
}

function middleOf(start: number, end: number): number {
  const third = (end - start) / 3;
  return start + Math.floor(third) + Math.floor(third / 2);
}

/** The middle of the longest decreasing subsequence: fastai's `valley`, whatever the noise. */
export function valleyOf(curve: RateCurve): number | undefined {
  const found = longestDescent(curve);
  return found && curve[middleOf(found.start, found.end)]?.learningRate;
}

/** Where the loss falls fastest per step of the rate's logarithm: fastai's `steep`. */
export function steepestOf(curve: RateCurve): number | undefined {
  let [steepest, slope]: [number | undefined, number] = [undefined, 0];
  for (let i = 1; i < curve.length; i++) {
    const own = (curve[i]!.loss - curve[i - 1]!.loss) / Math.log(curve[i]!.learningRate / curve[i - 1]!.learningRate);
    if (own < slope) [steepest, slope] = [curve[i - 1]!.learningRate, own];
  }
  return steepest;
}

/** The standard deviation of the smoothed loss at each place, from the differences of consecutive losses, which a trend hardly changes. */
function noiseOf(losses: readonly number[]): (place: number) => number {
  const squares = losses.slice(1).reduce((sum, loss, i) => sum + (loss - losses[i]!) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, losses.length - 1) / 2);
  return (place) => {
    const left = momentum ** (place + 1);
    return deviation * Math.sqrt(((1 - momentum) / (1 + momentum)) * ((1 + left) / (1 - left)));
  };
}
