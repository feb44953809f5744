import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { decodeWav, isWav } from './decode-wav.ts';
import type { Wave } from './wave.ts';

/** Decodes sound files of some formats. */
export interface AudioDecoder extends Named {
  /** Extensions of its files, in lower case with the dot. */
  readonly extensions: readonly string[];
  /** Whether a file is of its formats, by its first 32 bytes. */
  recognises(head: Uint8Array): boolean;
  /**
   * Decodes a file's contents, and averages its channels.
   * @param name the file's name in messages
   * @throws an error with one sentence that names the file
   */
  decode(bytes: Uint8Array, name: string): Wave | Promise<Wave>;
}

/** The extension point for decoders of sound files. */
export const audioDecoder: ExtensionPoint<AudioDecoder> = extensionPoint('audio decoder', 'the modality "sound"');

/** The decoder of WAV files. */
export const wavDecoder: AudioDecoder = {
  name: 'wav',
  extensions: ['.wav'],
  recognises: isWav,
  decode: (bytes, name) => decodeWav(bytes, { name }),
};

/** Names of other formats, by how a file of them starts. */
const known: readonly (readonly [name: string, start: RegExp])[] = [
  ['an MP3 file', /^(ID3|ÿ[ûóòú])/],
  ['a FLAC file', /^fLaC/],
  ['an Ogg file', /^OggS/],
  ['an AIFF file', /^FORM....AIF/s],
  ['an M4A or MP4 file', /^....ftyp/s],
  ['an ASF or WMA file', /^0&²u/],
];

/**
 * Decodes a sound with the first decoder that recognises it.
 * @throws an error that names the file, and the extension point if no decoder recognises it
 */
export async function decodeSound(
  bytes: Uint8Array,
  name: string,
  decoders: readonly AudioDecoder[] = [wavDecoder],
): Promise<Wave> {
  const head = bytes.subarray(0, 32);
  const decoder = decoders.find((one) => one.recognises(head));
  if (decoder) return checked(await decoder.decode(bytes, name), name);
  if (bytes.length === 0) throw new Error(`"${name}" is empty.`);
  const start = String.fromCharCode(...head);
  const format = known.find(([, pattern]) => pattern.test(start))?.[0];
  throw new Error(
    `"${name}" is ${format ?? 'not a sound'}${format ? ', and only' : ':'} ${decoders.flatMap(({ extensions }) => extensions).join(', ')} can be decoded. Convert it to WAV, or install a plugin that adds an audioDecoder.`,
  );
}

function checked(wave: Wave, name: string): Wave {
  const { samples, rate } = wave;
  if (!(samples instanceof Float32Array) || samples.length === 0 || !Number.isInteger(rate) || rate < 1)
    throw new Error(`"${name}" was decoded to ${samples?.length ?? 'no'} samples at ${rate} per second.`);
  return wave;
}
