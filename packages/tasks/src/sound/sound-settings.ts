import type { LogMelOptions } from '@graft/audio';
import { checkOptionNames, showJson } from '@graft/plugin';
import { isRate, leastRate, mostRate } from './sound-preprocessing.ts';

/** How a network takes sounds. A model card has them under `sound`; the options of the modality come before it. */
export interface SoundSettings {
  /** Samples per second; default that of the card or of `preprocessor_config.json`, otherwise 16,000. */
  readonly rate?: number;
  /** Length of the clips that the network gets; default what it takes, otherwise 2. */
  readonly seconds?: number;
  /** What samples from −1 to 1 are multiplied with, such as 32768 for a network that was trained on 16-bit integers; default 1. */
  readonly amplitude?: number;
  /** Whether each clip gets mean 0 and variance 1; default false. */
  readonly normalize?: boolean;
  /** The mel spectrogram of a network that takes one; it is computed inside the exported model. Default: 25 ms every 10 ms, and as many bands as the network takes. */
  readonly mel?: Partial<Omit<LogMelOptions, 'rate' | 'amplitude'>>;
  /** Frames from one window to the next, for a network that takes fewer frames than a clip has; default half of what it takes. */
  readonly windowHop?: number;
}

const settingNames: readonly (keyof SoundSettings)[] = [
  'rate',
  'seconds',
  'amplitude',
  'normalize',
  'mel',
  'windowHop',
];
/** Names of `mel`'s options. */
const melNames: readonly (keyof NonNullable<SoundSettings['mel']>)[] = [
  'fft',
  'window',
  'hop',
  'mels',
  'lowest',
  'highest',
  'scale',
  'norm',
  'center',
  'dropLast',
  'power',
  'log',
  'floor',
  'range',
  'multiply',
  'add',
];
/** Limits of `seconds`. */
const [leastSeconds, mostSeconds] = [0.02, 600];

/**
 * Checks settings from a card or a configuration; the values of `mel` are checked when the spectrogram is made.
 * @param owner where they are from, for messages
 * @throws if one is unknown or invalid
 */
export function checkSoundSettings(settings: SoundSettings, owner: string): void {
  checkOptionNames(owner, settings, settingNames);
  const { rate, seconds, amplitude, normalize, mel, windowHop } = settings;
  const check = (name: string, value: unknown, isValid: boolean, expected: string): void => {
    if (value !== undefined && !isValid)
      throw new Error(`${owner} expects ${name} to be ${expected}, got ${showJson(value, 60)}.`);
  };
  check('rate', rate, isRate(rate), `an integer from ${leastRate} to ${mostRate}`);
  check(
    'seconds',
    seconds,
    typeof seconds === 'number' && seconds >= leastSeconds && seconds <= mostSeconds,
    `a number from ${leastSeconds} to ${mostSeconds}`,
  );
  check('amplitude', amplitude, Number.isFinite(amplitude) && amplitude! > 0, 'a number above 0');
  check('normalize', normalize, typeof normalize === 'boolean', 'true or false');
  check('windowHop', windowHop, Number.isInteger(windowHop) && windowHop! >= 1, 'an integer of 1 or more');
  check('mel', mel, typeof mel === 'object' && mel !== null && !Array.isArray(mel), 'an object');
  if (mel) checkOptionNames(`mel of ${owner}`, mel, melNames);
}
