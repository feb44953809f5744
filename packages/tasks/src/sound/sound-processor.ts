import { showJson } from '@graft/plugin';
import type { Network } from '../modality.ts';
import { isRate, leastRate, mostRate } from './sound-preprocessing.ts';
import type { SoundSettings } from './sound-settings.ts';

const source = 'preprocessor_config.json';
const mostBytes = 2 ** 20;

/**
 * Reads how transformers feeds a network, from the `preprocessor_config.json` beside it: the rate, and the spectrogram of Whisper.
 * @returns undefined if there is none that describes sounds
 * @throws if it is not JSON, or a value in it cannot be what it says
 */
export async function soundProcessor(network: Network): Promise<SoundSettings | undefined> {
  const bytes = await network.companion?.(source);
  if (!bytes) return undefined;
  const refuse = (what: string): never => {
    throw new Error(
      `"${network.file.name}" has a ${source} next to it ${what}. Download the file again, or remove it.`,
    );
  };
  if (bytes.length > mostBytes) return refuse(`with more than ${mostBytes / 2 ** 20} MiB`);
  let fields: Readonly<Record<string, unknown>> | null;
  try {
    fields = JSON.parse(new TextDecoder().decode(bytes)) as typeof fields;
  } catch {
    return refuse('that is not JSON');
  }
  if (typeof fields !== 'object' || fields === null) return refuse('that is not an object');
  const { sampling_rate: rate, feature_extractor_type: type, do_normalize: normalize } = fields;
  if (rate === undefined) return undefined;
  if (!isRate(rate))
    return refuse(
      `whose "sampling_rate" must be an integer from ${leastRate} to ${mostRate}, got ${showJson(rate, 60)}`,
    );
  if (type === 'Wav2Vec2FeatureExtractor') return { rate, normalize: normalize !== false };
  if (type !== 'WhisperFeatureExtractor') return { rate };
  const size = (name: string): number => {
    const value = fields[name];
    return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 15
      ? (value as number)
      : refuse(`whose "${name}" must be an integer from 1 to ${2 ** 15}, got ${showJson(value, 60)}`);
  };
  return {
    rate,
    mel: {
      fft: size('n_fft'),
      hop: size('hop_length'),
      mels: size('feature_size'),
      scale: 'slaney',
      norm: 'slaney',
      dropLast: true,
      log: 'log10',
      range: 8,
      multiply: 0.25,
      add: 1,
    },
  };
}
