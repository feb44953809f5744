/** Options of {@link melFilters}. */
export interface MelFilterOptions {
  /** Samples per second. */
  readonly rate: number;
  /** Samples of a Fourier transform. */
  readonly fft: number;
  /** Number of mel bands. */
  readonly mels: number;
  /** The lowest and highest frequency of the bands in hertz; default 0 and half the rate. */
  readonly lowest?: number;
  readonly highest?: number;
  /** How frequencies map to mels: logarithmic throughout (`htk`), or linear below 1,000 hertz (`slaney`). Default `htk`. */
  readonly scale?: MelScale;
  /** `slaney` gives every band the same area, `none` the same height of 1. Default `none`. */
  readonly norm?: 'none' | 'slaney';
}

/** A mel scale. */
export type MelScale = 'htk' | 'slaney';

/** From this frequency in hertz, this many mels, Slaney's scale is logarithmic, with 27 mels for each factor of 6.4. */
const [linearHertz, linearMels, logStep] = [1000, 15, Math.log(6.4) / 27];

const toMels = (hertz: number, scale: MelScale): number =>
  scale === 'htk'
    ? 2595 * Math.log10(1 + hertz / 700)
    : hertz < linearHertz
      ? (3 * hertz) / 200
      : linearMels + Math.log(hertz / linearHertz) / logStep;

const toHertz = (mels: number, scale: MelScale): number =>
  scale === 'htk'
    ? 700 * (10 ** (mels / 2595) - 1)
    : mels < linearMels
      ? (200 * mels) / 3
      : linearHertz * Math.exp(logStep * (mels - linearMels));

/**
 * Triangular filters that sum the bins of a spectrum to mel bands, as in librosa and torchaudio.
 * @returns [mels, fft / 2 + 1], row by row
 * @throws if an option is invalid, or a band is so narrow that it contains no bin
 */
export function melFilters({
  rate,
  fft,
  mels,
  lowest = 0,
  highest = rate / 2,
  scale = 'htk',
  norm = 'none',
}: MelFilterOptions): Float64Array {
  if (!(lowest >= 0 && lowest < highest && highest <= rate / 2))
    throw new Error(
      `Mel bands expect frequencies from 0 to half the rate, ${rate / 2}, with lowest below highest, got ${lowest} to ${highest}.`,
    );
  const [low, high] = [toMels(lowest, scale), toMels(highest, scale)];
  const corners = Array.from({ length: mels + 2 }, (_, i) => toHertz(low + ((high - low) * i) / (mels + 1), scale));
  const bins = Math.floor(fft / 2) + 1;
  const filters = new Float64Array(mels * bins);
  for (let band = 0; band < mels; band++) {
    const [left, centre, right] = corners.slice(band, band + 3) as [number, number, number];
    const height = norm === 'slaney' ? 2 / (right - left) : 1;
    let isEmpty = true;
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * rate) / fft;
      const value = Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      if (value <= 0) continue;
      filters[band * bins + bin] = height * value;
      isEmpty = false;
    }
    if (isEmpty)
      throw new Error(
        `${mels} mel bands from ${lowest} to ${highest} hertz are too many for a Fourier transform of ${fft} samples: band ${band} contains no frequency. Use fewer bands, or a longer transform.`,
      );
  }
  return filters;
}
