import {
  type AudioDecoder,
  audioDecoder,
  decodeSound,
  encodeWav,
  gain,
  loudestStart,
  partOf,
  resample,
  timeShift,
  type Wave,
  wavDecoder,
} from '@graft/audio';
import {
  compose,
  createTransforms,
  type ExampleFile,
  exampleFileOf,
  fileOpener,
  type Labelled,
  type NamedBatch,
  textCell,
  type Transform,
  type TransformConfig,
  withLabels,
} from '@graft/data';
import type { Context } from '@graft/plugin';
import type { Feed, Modality } from '../modality.ts';
import { modalityType } from '../modality-type.ts';
import { filePathColumns, usualPathColumn } from '../path-column.ts';
import { soundPicture } from './sound-picture.ts';
import { misfitOf, plannedBefore, type SoundPlan, soundPlan } from './sound-plan.ts';
import { soundPort } from './sound-port.ts';
import { isSoundPreprocessing, mostSamples, type SoundPreprocessing } from './sound-preprocessing.ts';
import { checkSoundSettings, type SoundSettings } from './sound-settings.ts';
import { soundUsage } from './sound-usage.ts';
import { spectrogramConstants } from './spectrogram-network.ts';

/** Options of the sound modality. Defaults come from the model's card or files. */
export interface SoundOptions extends SoundSettings {
  /** Augmentation to use instead of a random shift by at most a tenth of a clip and a gain of −6 to 6 dB. */
  readonly transforms?: readonly TransformConfig[];
  /** The table column with the paths of sounds; default `path`. */
  readonly pathColumn?: string;
}

/** A wave, and its name in messages. */
interface GivenWave extends Wave {
  readonly name: string;
}
/** A sound file, or a wave in memory. */
type SoundInput = ExampleFile | GivenWave;

/** Maximum size of a sound file in bytes. */
const mostBytes = 2 ** 28;
/** Limits of sounds that can be played in a report, in seconds and samples per second, as all of them are in its file. */
const [mostPlayed, mostPlayedRate] = [5, 24_000];
/** How far before and after a clip a sound is kept in memory for shifts, as a fraction of the clip. */
const margin = 0.1;

/** The sound modality: decodes and resamples sounds, and feeds clips of one length to networks that take waves or mel spectrograms. */
export function soundModality(options: SoundOptions, context: Context): Modality<SoundInput, Float32Array> {
  const { pathColumn, transforms, ...settings } = options;
  checkSoundSettings(settings, 'The modality "sound"');
  const added = context.all(audioDecoder);
  const decoders = added.length ? added : [wavDecoder];
  const feedWith = ({ file, port, preprocessing, ...plan }: SoundPlan): Feed<SoundInput, Float32Array> => {
    const { rate, samples } = preprocessing;
    const extra = Math.round(margin * samples);
    const evaluation: Transform<Float32Array> = (wave) => valuesOf(clipOf(wave, samples), preprocessing);
    const augmentation = transforms
      ? createTransforms<Float32Array>(context, transforms, 'sound')
      : compose(timeShift({ share: extra / (samples + 2 * extra) }), gain());
    return {
      preprocessing,
      assumptions: plan.assumptions,
      description: plan.description,
      file,
      inputs: { [port.name]: { shape: port.isNested ? [1, samples] : [samples], dtype: 'float32' } },
      ...(plan.cut !== undefined && { cut: plan.cut }),
      ...(preprocessing.spectrogram && { frozen: spectrogramConstants(file) }),
      read: async (input) => {
        const wave = await waveOf(input, decoders, rate);
        return partOf(wave, loudestStart(wave, samples) - extra, samples + 2 * extra);
      },
      training: transforms?.length === 0 ? evaluation : compose(augmentation, evaluation),
      evaluation,
      collate: withLabels((batch, indices) => collated(port.name, port.isNested, batch, indices)),
      bytesOf: ({ byteLength }) => byteLength,
      show: async (input) => {
        const wave = await waveOf(input, decoders, rate);
        const shown = Math.min(samples, wave.length); // without the silence around a short sound
        const clip = { samples: partOf(wave, loudestStart(wave, shown), shown), rate };
        const isShort = shown <= mostPlayed * rate && rate <= mostPlayedRate;
        return {
          picture: await soundPicture(clip),
          ...(isShort && { recording: { bytes: encodeWav(clip), type: 'audio/wav' } }),
        };
      },
    };
  };
  return {
    name: 'sound',
    noun: ['sound', 'sounds'],
    extensions: [...new Set(decoders.flatMap(({ extensions }) => extensions))],
    recognises: (head) => decoders.some((decoder) => decoder.recognises(head)),
    inputOf({ file, fields }, examples) {
      if (file) return file;
      const column = examples.reading?.pathColumn ?? pathColumn ?? usualPathColumn(examples.columns, pathColumns);
      return examples.file(textCell(fields, column, 'pathColumn'));
    },
    inputFrom(value) {
      if (typeof value === 'string') return context.use(fileOpener)(value);
      const file = exampleFileOf(value, 'the sound');
      if (file) return file;
      const { samples, rate } = (value ?? {}) as Partial<Wave>;
      if (samples instanceof Float32Array && Number.isInteger(rate))
        return { name: `${samples.length} samples`, samples, rate: rate! };
      throw new Error(
        'Expected a sound. Pass a path, the bytes of a file, a Blob, or an object with samples and their rate.',
      );
    },
    nameOf: ({ name }) => name,
    feed: async (network) => feedWith(await soundPlan(context, network, settings)),
    async restore(preprocessing, { file }) {
      if (!isSoundPreprocessing(preprocessing))
        throw new Error('does not say under "preprocessing" how sounds are fed to the model');
      const misfit = misfitOf(soundPort(file), preprocessing);
      if (misfit !== undefined) throw new Error(`does not belong to the model, which ${misfit}`);
      return feedWith(plannedBefore(file, preprocessing));
    },
    usage: (preprocessing, _, print) => soundUsage(preprocessing as SoundPreprocessing, print),
  };
}

/** Names of columns with paths of sounds, the most usual first. */
const pathColumns = [...filePathColumns, 'audio', 'audio_path', 'sound', 'wav'];

/** The sound modality, which configurations create by its name `sound`. */
export const soundType = modalityType<SoundOptions>('sound', soundModality, {
  rate: 'number',
  seconds: 'number',
  amplitude: 'number',
  normalize: 'boolean',
  mel: 'any',
  windowHop: 'number',
  transforms: 'any',
  pathColumn: 'string',
});

async function waveOf(input: SoundInput, decoders: readonly AudioDecoder[], rate: number): Promise<Float32Array> {
  const wave = 'samples' in input ? input : await decodeSound(await input.bytes(mostBytes), input.name, decoders);
  if ('samples' in input && (input.samples.length === 0 || !input.samples.every(Number.isFinite)))
    throw new Error(`"${input.name}" must be finite numbers, at least one.`);
  const length = Math.ceil((wave.samples.length / wave.rate) * rate);
  if (length > mostSamples)
    throw new Error(
      `"${input.name}" has ${length} samples at the ${rate} Hz of the network, and at most ${mostSamples} are supported. Split the file.`,
    );
  return resample(wave.samples, wave.rate, rate);
}

/** The middle of a wave. */
const clipOf = (wave: Float32Array, samples: number): Float32Array =>
  partOf(wave, Math.floor((wave.length - samples) / 2), samples);

/** Guards the division, as in transformers. */
const leastVariance = 1e-7;

function valuesOf(clip: Float32Array, { amplitude = 1, normalize }: SoundPreprocessing): Float32Array {
  if (!normalize) return amplitude === 1 ? clip : clip.map((sample) => amplitude * sample);
  const mean = clip.reduce((sum, sample) => sum + sample, 0) / clip.length;
  const variance = clip.reduce((sum, sample) => sum + (sample - mean) ** 2, 0) / clip.length;
  const deviation = Math.sqrt(variance + leastVariance);
  return clip.map((sample) => (sample - mean) / deviation);
}

function collated(
  name: string,
  isNested: boolean,
  batch: readonly Labelled<Float32Array>[],
  indices: readonly number[],
): NamedBatch {
  const length = batch[0]!.input.length;
  const data = new Float32Array(batch.length * length);
  for (const [n, { input }] of batch.entries()) data.set(input, n * length);
  return {
    inputs: {
      [name]: { data, shape: isNested ? [batch.length, 1, length] : [batch.length, length], dtype: 'float32' },
    },
    labels: Int32Array.from(batch, ({ label }) => label),
    indices,
  };
}
