import { LogMel, type LogMelOptions } from '@graft/audio';
import { onnxExporter, type OnnxFile, onnxOperator } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import type { Network } from '../modality.ts';
import { WrongModality } from '../wrong-modality.ts';
import { type MapPort, type SoundPort, soundPort, type WavePort } from './sound-port.ts';
import { isSoundPreprocessing, mostSamples, type SoundPreprocessing } from './sound-preprocessing.ts';
import { soundProcessor } from './sound-processor.ts';
import { checkSoundSettings, type SoundSettings } from './sound-settings.ts';
import { onWaves, type SpectrogramPlan } from './spectrogram-network.ts';

/** How a network is fed with sounds. */
export interface SoundPlan {
  readonly file: OnnxFile;
  readonly port: WavePort;
  readonly preprocessing: SoundPreprocessing;
  readonly description: string;
  readonly assumptions: readonly string[];
  /** The value that the head is attached to, if the plan decides it. */
  readonly cut?: string;
}

/** Settings, and where they are from. */
interface Known {
  readonly settings: SoundSettings;
  readonly rate: number;
  readonly source: string;
  readonly assumptions: readonly string[];
}

const [usualRate, usualSeconds] = [16_000, 2];
/** The most frames and windows of a clip. */
const [mostFrames, mostWindows] = [2 ** 15, 1024];
/** The most multiplications of a clip's spectrogram, about a second of work. That of Whisper takes 5e8. */
const mostWork = 2 ** 34;
/** Numbers of mel bands that networks usually take. */
const usualBands = [32, 40, 64, 80, 96, 128];

/**
 * Plans how a network gets sounds, and puts a spectrogram in front of one that takes it.
 * @throws `WrongModality` if the network takes something else, or an error with the reason why the settings do not fit
 */
export async function soundPlan(context: Context, network: Network, options: SoundSettings): Promise<SoundPlan> {
  const { file, card } = network;
  const written = writtenPreprocessing(file);
  if (written) return plannedBefore(file, written, options);
  const port = soundPort(file);
  const given = card?.sound as SoundSettings | undefined;
  if (port.kind === 'map') expectSpectrogram(file, port, { ...given?.mel, ...options.mel });
  if (given) checkSoundSettings(given, `The model card of "${file.name}"`);
  const known = knownOf(file.name, {
    options,
    card: given,
    beside: given ? undefined : await soundProcessor(network),
  });
  return port.kind === 'wave' ? wavePlan(file, port, known) : spectrogramPlan(context, network, { port, known });
}

/** The preprocessing in the metadata of an exported model of sounds. */
function writtenPreprocessing({ metadata }: OnnxFile): SoundPreprocessing | undefined {
  if (metadata.get('modality') !== 'sound') return undefined;
  try {
    const value: unknown = JSON.parse(metadata.get('preprocessing') ?? 'null');
    return isSoundPreprocessing(value) ? value : undefined;
  } catch {
    return undefined; // written by another tool under the same key
  }
}

/** Feeds an exported model as it was trained. @throws if it does not take such waves, or options differ */
export function plannedBefore(
  file: OnnxFile,
  preprocessing: SoundPreprocessing,
  options: SoundSettings = {},
): SoundPlan {
  const { rate, samples, amplitude = 1, normalize = false } = preprocessing;
  const trained: Readonly<Record<string, number | boolean>> = { rate, seconds: samples / rate, amplitude, normalize };
  for (const [name, value] of Object.entries(options)) {
    const own = trained[name];
    if (value !== undefined && value !== own)
      throw new Error(
        `"${file.name}" was trained with ${own === undefined ? `its own ${name}` : `${name} ${String(own)}`}, so ${name} cannot be changed. Leave it out.`,
      );
  }
  const port = soundPort(file);
  const misfit = misfitOf(port, preprocessing);
  if (port.kind !== 'wave' || misfit !== undefined) throw new Error(`"${file.name}" ${misfit}. Export it again.`);
  return { file, port, preprocessing, assumptions: [], description: describe(preprocessing, 'from its metadata') };
}

/** Why a network does not take the waves of a preprocessing, as a clause; undefined if it does. */
export function misfitOf(port: SoundPort, { samples }: SoundPreprocessing): string | undefined {
  if (port.kind === 'wave' && (port.samples ?? samples) === samples) return undefined;
  const taken = port.kind === 'wave' ? `${port.samples} samples` : 'a spectrogram';
  return `takes ${taken}, but its preprocessing is that of waves of ${samples} samples`;
}

/** @throws `WrongModality` if a map is an image rather than a spectrogram */
function expectSpectrogram({ name }: OnnxFile, port: MapPort, mel: NonNullable<SoundSettings['mel']>): void {
  if (mel.mels !== undefined) return;
  const bands = port.dims.filter((size) => size !== undefined && usualBands.includes(size));
  if (bands.length === 1 && port.channels?.count !== 3) return;
  throw new WrongModality(
    `"${name}" takes ${port.dims.map((size) => size ?? '?').join('×')} values${port.channels ? ` in ${port.channels.count} channel${port.channels.count === 1 ? '' : 's'}` : ''}, which may be no spectrogram. Set the option mel of the modality sound to the number of its bands, such as { mels: 64 }, if it is one.`,
  );
}

/** Combines settings: options come first, then the card or the file beside the network. */
function knownOf(
  name: string,
  {
    options,
    card,
    beside,
  }: {
    readonly options: SoundSettings;
    readonly card: SoundSettings | undefined;
    readonly beside: SoundSettings | undefined;
  },
): Known {
  const found = card ?? beside;
  const isGiven = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: SoundSettings = {
    ...found,
    ...isGiven,
    ...((found?.mel ?? options.mel) && { mel: { ...found?.mel, ...options.mel } }),
  };
  const rate = settings.rate ?? usualRate;
  return {
    settings,
    rate,
    source:
      options.rate !== undefined
        ? 'as chosen'
        : card
          ? 'from its card'
          : beside
            ? 'from preprocessor_config.json'
            : 'assumed',
    assumptions:
      settings.rate === undefined
        ? [
            `"${name}" does not say its sampling rate, so ${usualRate} samples per second are used. Set the option rate of the modality sound if it was trained with another one.`,
          ]
        : [],
  };
}

function wavePlan(file: OnnxFile, port: WavePort, { settings, rate, source, assumptions }: Known): SoundPlan {
  const { seconds, amplitude = 1, normalize = false } = settings;
  if (settings.mel !== undefined || settings.windowHop !== undefined)
    throw new Error(
      `"${file.name}" takes waves, so the option ${settings.mel === undefined ? 'windowHop' : 'mel'} does not apply. Leave it out.`,
    );
  if (port.samples !== undefined && seconds !== undefined && Math.round(seconds * rate) !== port.samples)
    throw new Error(
      `"${file.name}" takes ${port.samples} samples, which are ${shortSeconds(port.samples / rate)} at ${rate} samples per second, but seconds is ${seconds}. Leave seconds out.`,
    );
  const samples = port.samples ?? Math.round((seconds ?? usualSeconds) * rate);
  const preprocessing: SoundPreprocessing = {
    rate,
    samples: checkedSamples(samples),
    ...(amplitude !== 1 && { amplitude }),
    ...(normalize && { normalize }),
  };
  return {
    file,
    port,
    preprocessing,
    description: describe(preprocessing, source),
    assumptions: [
      ...assumptions,
      ...(port.samples === undefined && seconds === undefined ? [clipAssumption(file.name)] : []),
    ],
  };
}

const clipAssumption = (name: string): string =>
  `"${name}" takes sounds of any length, so clips of ${usualSeconds} seconds are used. Set the option seconds of the modality sound to the length of yours.`;

async function spectrogramPlan(
  context: Context,
  { file, card }: Network,
  { port, known: { settings, rate, source, assumptions } }: { readonly port: MapPort; readonly known: Known },
): Promise<SoundPlan> {
  const { seconds, amplitude = 1, normalize = false, windowHop } = settings;
  const { bands, bandsFirst } = bandsOf(file.name, port, settings.mel?.mels);
  const window = settings.mel?.window ?? settings.mel?.fft ?? Math.round(0.025 * rate);
  const usual = { fft: 2 ** Math.ceil(Math.log2(window)), window, hop: Math.round(0.01 * rate) };
  const isAssumed = settings.mel?.fft === undefined || settings.mel.hop === undefined;
  const mel: LogMelOptions = {
    ...usual,
    ...settings.mel,
    rate,
    mels: bands,
    ...(amplitude !== 1 && { amplitude }),
  };
  const spectrogram = new LogMel(mel);
  const fixed = port.dims[bandsFirst ? 1 : 0];
  const isOpen = fixed === undefined;
  const samples = checkedSamples(
    seconds === undefined && fixed !== undefined
      ? samplesFor(mel, fixed)
      : Math.round((seconds ?? usualSeconds) * rate),
  );
  const all = spectrogram.frames(samples);
  const work = all * spectrogram.fourier.value.size;
  spectrogram.dispose();
  if (all > mostFrames)
    throw new Error(
      `A clip of "${file.name}" has ${all} frames, and at most ${mostFrames} are supported. Lower seconds, or raise the hop of mel.`,
    );
  if (work > mostWork)
    throw new Error(
      `The spectrogram of a clip of "${file.name}" takes ${work.toPrecision(2)} multiplications, and at most ${mostWork.toPrecision(2)} are supported. Lower seconds or the fft of mel, or raise its hop.`,
    );
  const frames = fixed ?? all;
  if (all < frames || frames === 0)
    throw new Error(
      `"${file.name}" takes ${frames || 1} frames, which need ${shortSeconds(samplesFor(mel, frames || 1) / rate)}, but seconds is ${seconds}. Raise it, or leave it out.`,
    );
  const hop = windowHop ?? Math.max(1, Math.floor(frames / 2));
  const starts = Array.from(
    { length: seconds === undefined ? 1 : Math.floor((all - frames) / hop) + 1 },
    (_, i) => i * hop,
  );
  if (starts.length > mostWindows)
    throw new Error(
      `A clip of "${file.name}" has ${starts.length} windows of ${frames} frames, and at most ${mostWindows} are supported. Raise the option windowHop, or lower the option seconds.`,
    );
  const plan: SpectrogramPlan = { mel, port, bandsFirst, samples, frames, starts };
  const composed = await onWaves(file, plan, {
    operators: context.all(onnxOperator),
    exporters: context.all(onnxExporter),
    ...(card?.cutPoints[0] && { cut: card.cutPoints[0].value }),
  });
  const preprocessing: SoundPreprocessing = {
    rate,
    samples,
    ...(normalize && { normalize }),
    spectrogram: true,
  };
  return {
    file: composed.file,
    port: { kind: 'wave', name: composed.input, isNested: false, samples },
    preprocessing,
    ...(composed.cut !== undefined && { cut: composed.cut }),
    description: `${describe(preprocessing, source)}; the model computes ${starts.length > 1 ? `${starts.length} windows of ` : ''}${frames} frames of ${bands} mel bands itself`,
    assumptions: [
      ...assumptions,
      ...(isAssumed
        ? [
            `"${file.name}" does not say how its spectrogram is computed, so ${bands} mel bands of ${mel.window} samples every ${mel.hop} samples are used. Set the option mel of the modality sound if it was trained with others.`,
          ]
        : []),
      ...(isOpen && seconds === undefined ? [clipAssumption(file.name)] : []),
    ],
  };
}

/** The number of mel bands, and which dimension they are. @throws if that is unclear */
function bandsOf(name: string, { dims }: MapPort, given: number | undefined): { bands: number; bandsFirst: boolean } {
  const bands = given ?? dims.find((size) => size !== undefined && usualBands.includes(size))!;
  const fits = dims.map((size) => size === bands);
  if (fits[0]) return { bands, bandsFirst: true };
  if (fits[1]) return { bands, bandsFirst: false };
  const open = dims.findIndex((size) => size === undefined);
  if (open >= 0 && dims[1 - open] !== undefined) return { bands, bandsFirst: open === 0 };
  throw new Error(
    `"${name}" takes ${dims.map((size) => size ?? '?').join('×')} values, none of which are the ${bands} bands of mel. Set the option mel of the modality sound to the number that it takes.`,
  );
}

/** The fewest samples that give this many frames; with margins, those that a clip of so many hops has. */
function samplesFor({ fft, hop, center = 'reflect' }: LogMelOptions, frames: number): number {
  return center === 'none' ? (frames - 1) * hop + fft : frames * hop;
}

function checkedSamples(samples: number): number {
  if (samples > mostSamples)
    throw new Error(`A clip of ${samples} samples is too long, at most ${mostSamples} are supported. Lower seconds.`);
  return samples;
}

function describe({ rate, samples, normalize, amplitude }: SoundPreprocessing, source: string): string {
  const values = normalize ? ' with mean 0 and variance 1' : amplitude === undefined ? '' : ` times ${amplitude}`;
  return `waves of ${shortSeconds(samples / rate)} at ${rate} samples per second (${source})${values}; the loudest part of longer sounds, shorter ones centred in silence`;
}

const shortSeconds = (seconds: number): string => `${Number(seconds.toPrecision(3))} s`;
