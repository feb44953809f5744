/** Everything needed to feed an exported network of sounds. */
export interface SoundPreprocessing {
  /** Samples per second. */
  readonly rate: number;
  /** Number of samples. Of a longer sound its loudest part is used; a shorter one is centred in silence. */
  readonly samples: number;
  /** What samples from −1 to 1 are multiplied with; default 1. */
  readonly amplitude?: number;
  /** Whether the samples get mean 0 and variance 1. */
  readonly normalize?: boolean;
  /** Whether the network computes its spectrogram itself, with filters that are never trained. */
  readonly spectrogram?: boolean;
}

/** Limits of rates in samples per second, and the most samples of a clip. */
export const [leastRate, mostRate, mostSamples] = [1000, 768_000, 2 ** 24];

/** Whether a value from a file describes how sounds are fed. */
export function isSoundPreprocessing(value: unknown): value is SoundPreprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { rate, samples, amplitude, normalize, spectrogram } = value as Partial<SoundPreprocessing>;
  return (
    isRate(rate) &&
    Number.isInteger(samples) &&
    samples! >= 1 &&
    samples! <= mostSamples &&
    (amplitude === undefined || (Number.isFinite(amplitude) && amplitude > 0)) &&
    [normalize, spectrogram].every((flag) => flag === undefined || typeof flag === 'boolean')
  );
}

/** Whether a value is a number of samples per second. */
export const isRate = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= leastRate && (value as number) <= mostRate;
