import { Module } from '@graft/layers';
import {
  add,
  concat,
  convolve,
  drop,
  gather,
  integers,
  log,
  matmul,
  max,
  maximum,
  mul,
  narrow,
  pad,
  Parameter,
  scope,
  type Shape,
  showShape,
  sqrt,
  squeeze,
  sub,
  tensor,
  type Tensor,
  unsqueeze,
} from '@graft/tensor';
import { melFilters, type MelFilterOptions } from './mel-filters.ts';

/** Options of {@link LogMel}. They are plain JSON. */
export interface LogMelOptions extends MelFilterOptions {
  /** Samples of the Hann window, at most `fft`; default `fft`. */
  readonly window?: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Whether a wave is padded by half a transform on both sides, so frame i is centred at sample i · hop: with its `reflect`ion or `zeros`. Default `reflect`. */
  readonly center?: 'reflect' | 'zeros' | 'none';
  /** Whether the last frame is left out, as for Whisper; default false. */
  readonly dropLast?: boolean;
  /** 2 for energies, 1 for magnitudes; default 2. */
  readonly power?: 1 | 2;
  /** The logarithm: natural, to base 10, or in decibels; default `ln`. */
  readonly log?: 'ln' | 'log10' | 'db';
  /** The least value that the logarithm is taken of; default 1e-10. */
  readonly floor?: number;
  /** How far a logarithm may be below the greatest one of its example; default any distance. */
  readonly range?: number;
  /** What samples are multiplied with first, such as 32768 for a network that was trained on integers; default 1. */
  readonly amplitude?: number;
  /** The result is `multiply` · logarithm + `add`; defaults 1 and 0. */
  readonly multiply?: number;
  readonly add?: number;
}

/** Limits, of which the last is that of the numbers of a transform, as 32-bit floats. */
const [mostFft, mostMels, mostNumbers] = [2 ** 15, 1024, 2 ** 25];

/**
 * A log-mel spectrogram as a module: [batch, samples] → [batch, mels, frames], by a convolution with windowed sines and cosines, so it is exported to ONNX like any layer. It is
 * that of torchaudio (`MelSpectrogram`), and with the options of a network that of its feature extractor. Its numbers are buffers, which training leaves as they are.
 */
export class LogMel extends Module {
  /** Windowed cosines, then sines: [2 · bins, 1, 1, window]. */
  readonly fourier: Parameter;
  /** [mels, bins] */
  readonly filters: Parameter;
  readonly options: LogMelOptions;

  /** @throws if an option is invalid */
  constructor(options: LogMelOptions) {
    super();
    checkOptions(options);
    this.options = options;
    const { fft, window = fft, mels, amplitude = 1 } = options;
    const bins = Math.floor(fft / 2) + 1;
    this.fourier = buffer(fourierKernels(fft, window, amplitude), [2 * bins, 1, 1, window]);
    this.filters = buffer(Float32Array.from(melFilters(options)), [mels, bins]);
  }

  /** Number of frames of this many samples. */
  frames(samples: number): number {
    const { fft, hop, center = 'reflect', dropLast = false } = this.options;
    const spare = samples + (center === 'none' ? 0 : 2 * Math.floor(fft / 2)) - fft;
    return spare < 0 ? 0 : Math.floor(spare / hop) + (dropLast ? 0 : 1);
  }

  override forward(x: Tensor): Tensor {
    if (x.rank !== 2) throw new Error(`LogMel expects [batch, samples], got ${showShape(x.shape)}.`);
    const { fft, center = 'reflect' } = this.options;
    if (this.frames(x.shape[1]!) < 1 || (center === 'reflect' && x.shape[1]! <= fft / 2))
      throw new Error(`LogMel with fft ${fft} got ${x.shape[1]} samples, which are too few for a frame.`);
    return scope(() => this.#scaled(this.#logarithm(this.#energies(unsqueeze(this.#framed(x), [1, 2])))));
  }

  /** The samples that frames are cut from: a window in the middle of each transform. */
  #framed(x: Tensor): Tensor {
    const { fft, window = fft, center = 'reflect' } = this.options;
    const left = Math.floor((fft - window) / 2);
    const margin = center === 'none' ? 0 : Math.floor(fft / 2);
    const [before, after] = [margin - left, margin - (fft - window - left)];
    const padded = before > 0 || after > 0 ? extended(x, Math.max(0, before), Math.max(0, after), center) : x;
    const cut = Math.max(0, -before);
    const length = padded.shape[1]! - cut - Math.max(0, -after);
    return length === padded.shape[1] ? padded : narrow(padded, 1, cut, length);
  }

  #energies(x: Tensor): Tensor {
    const { fft, window = fft, hop, power = 2, dropLast = false } = this.options;
    const bins = Math.floor(fft / 2) + 1;
    const windows = { kernel: [1, window], stride: [1, hop], before: [0, 0], after: [0, 0], dilation: [1, 1] };
    const all = squeeze(convolve(x, this.fourier.value, windows), [2]);
    const parts = dropLast ? narrow(all, 2, 0, all.shape[2]! - 1) : all;
    const [real, imaginary] = [narrow(parts, 1, 0, bins), narrow(parts, 1, bins, bins)];
    const energies = add(mul(real, real), mul(imaginary, imaginary));
    return matmul(this.filters.value, power === 2 ? energies : sqrt(energies));
  }

  #logarithm(x: Tensor): Tensor {
    const { log: kind = 'ln', power = 2, floor = 1e-10, range } = this.options;
    const natural = log(maximum(x, floor));
    const unit = { ln: 1, log10: 1 / Math.LN10, db: (power === 2 ? 10 : 20) / Math.LN10 }[kind];
    const values = unit === 1 ? natural : mul(natural, unit);
    return range === undefined ? values : maximum(values, sub(max(values, [1, 2], true), range));
  }

  #scaled(x: Tensor): Tensor {
    const { multiply = 1, add: offset = 0 } = this.options;
    const multiplied = multiply === 1 ? x : mul(x, multiply);
    return offset === 0 ? multiplied : add(multiplied, offset);
  }
}

function checkOptions(options: LogMelOptions): void {
  const { rate, fft, window = fft, hop, mels, center = 'reflect', power = 2, log: kind = 'ln' } = options;
  const integer = (name: string, value: number, most: number): void => {
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new Error(`LogMel expects ${name} to be an integer from 1 to ${most}, got ${value}.`);
  };
  integer('rate', rate, 768_000);
  integer('fft', fft, mostFft);
  integer('window', window, fft);
  integer('hop', hop, mostFft);
  integer('mels', mels, mostMels);
  const numbers = 2 * (Math.floor(fft / 2) + 1) * window;
  if (numbers > mostNumbers)
    throw new Error(
      `LogMel with fft ${fft} and window ${window} needs ${numbers} numbers, and at most ${mostNumbers} are supported. Use a shorter window.`,
    );
  const choice = (name: string, value: unknown, choices: readonly unknown[]): void => {
    if (!choices.includes(value))
      throw new Error(`LogMel expects ${name} to be ${choices.join(' or ')}, got ${JSON.stringify(value)}.`);
  };
  choice('center', center, ['reflect', 'zeros', 'none']);
  choice('power', power, [1, 2]);
  choice('log', kind, ['ln', 'log10', 'db']);
  choice('scale', options.scale ?? 'htk', ['htk', 'slaney']);
  choice('norm', options.norm ?? 'none', ['none', 'slaney']);
  for (const name of ['floor', 'range', 'amplitude'] as const)
    if (options[name] !== undefined && !(options[name] > 0 && options[name] < Infinity))
      throw new Error(`LogMel expects ${name} to be a number above 0, got ${options[name]}.`);
  for (const name of ['multiply', 'add'] as const)
    if (options[name] !== undefined && !Number.isFinite(options[name]))
      throw new Error(`LogMel expects ${name} to be a number, got ${options[name]}.`);
}

/** Extends waves on both sides, with zeros or their reflections. Only what is added is gathered, by places from the start and from the end, so an exported file is small and takes any length. */
function extended(x: Tensor, before: number, after: number, center: LogMelOptions['center']): Tensor {
  if (center === 'zeros') return pad(x, [0, before], [0, after]);
  const part = (count: number, at: (i: number) => number): Tensor[] =>
    count ? [gather(x, integers(Array.from({ length: count }, (_, i) => at(i))), 1)] : [];
  return concat([...part(before, (i) => before - i), x, ...part(after, (i) => -2 - i)], 1);
}

/** The rows of a Fourier transform, times a periodic Hann window in its middle. */
function fourierKernels(fft: number, window: number, amplitude: number): Float32Array {
  const bins = Math.floor(fft / 2) + 1;
  const left = Math.floor((fft - window) / 2);
  const kernels = new Float32Array(2 * bins * window);
  const angles = Array.from({ length: fft }, (_, i) => (2 * Math.PI * i) / fft);
  const [cosines, sines] = [angles.map(Math.cos), angles.map(Math.sin)];
  for (let n = 0; n < window; n++) {
    const hann = amplitude * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / window));
    for (let bin = 0; bin < bins; bin++) {
      const turn = (bin * (n + left)) % fft;
      kernels[bin * window + n] = hann * cosines[turn]!;
      kernels[(bins + bin) * window + n] = hann * sines[turn]!;
    }
  }
  return kernels;
}

function buffer(data: Float32Array, shape: Shape): Parameter {
  const values = tensor(data, { shape });
  const parameter = new Parameter(values, 'buffer');
  drop(values); // the slot now holds it
  return parameter;
}
