import { aLaw, muLaw } from './companding.ts';
import type { Wave } from './wave.ts';

/** Options of {@link decodeWav}. */
export interface DecodeWavOptions {
  /** The file's name in messages; default `the sound`. */
  readonly name?: string;
  /** The most samples per channel to accept; default 2²⁷, which is 46 minutes at 48,000 samples per second. */
  readonly mostSamples?: number;
}

/** The layout of samples in a file, from its chunk `fmt `. */
interface Format {
  readonly code: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const [leastRate, mostRate, mostChannels, mostChunks] = [1000, 768_000, 64, 10_000];
/** The size of a chunk whose length was unknown when its header was written. */
const unknownSize = 0xffff_ffff;
/** A GUID of the extensible format after its first two bytes, which are the format's code. */
const guidTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const supported = 'Save it as WAV with PCM of 8, 16, 24 or 32 bits, floats, A-law or mu-law.';

/** Whether bytes start as a WAV file does: RIFF, RF64 or BW64. */
export function isWav(head: Uint8Array): boolean {
  return ['RIFF', 'RF64', 'BW64'].includes(tagAt(head, 0)) && tagAt(head, 8) === 'WAVE';
}

/**
 * Decodes a WAV file, and averages its channels: RIFF, RF64 or BW64, with PCM of 8, 16, 24 or 32 bits, floats of 32 or 64 bits, A-law or mu-law. Integers are scaled to
 * −1 to 1. If the file ends early, or does not know its length, the samples up to its end are used.
 * @throws an error with one sentence that names the file, if it is damaged, of another format, or too long
 */
export function decodeWav(
  bytes: Uint8Array,
  { name = 'the sound', mostSamples = 2 ** 27 }: DecodeWavOptions = {},
): Wave {
  const refuse = (why: string): never => {
    throw new Error(`"${name}" ${why}`);
  };
  if (!isWav(bytes))
    return refuse(
      bytes.length === 0
        ? 'is empty.'
        : tagAt(bytes, 0) === 'RIFX'
          ? `is a big-endian WAV file (RIFX), which is not supported. ${supported}`
          : `is not a WAV file. ${supported}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | undefined;
  let longSize: number | undefined;
  let at = 12;
  for (let chunks = 0; at + 8 <= bytes.length; chunks++) {
    if (chunks === mostChunks) return refuse(`has more than ${mostChunks} chunks, so it is damaged.`);
    const [tag, size] = [tagAt(bytes, at), view.getUint32(at + 4, true)];
    at += 8;
    if (tag === 'data') {
      if (!format) return refuse('is damaged: its samples come before their format.');
      const whole = size === unknownSize ? (longSize ?? Infinity) : size || (longSize ?? Infinity);
      return samplesOf(view, format, { at, length: Math.min(whole, bytes.length - at), mostSamples, refuse });
    }
    if (tag === 'fmt ') format = formatOf(view, at, size, refuse);
    if (tag === 'ds64' && size >= 16 && at + 16 <= bytes.length) longSize = Number(view.getBigUint64(at + 8, true));
    at += size + (size % 2);
  }
  return refuse(format ? 'has no samples.' : 'is truncated: it ends before the format of its samples.');
}

function formatOf(view: DataView, at: number, size: number, refuse: (why: string) => never): Format {
  if (size < 16 || at + size > view.byteLength) return refuse('is damaged: the format of its samples is truncated.');
  let code = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const block = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  if (code === 0xfffe) {
    if (size < 40) return refuse('is damaged: the format of its samples is truncated.');
    code = guidTail.every((byte, i) => view.getUint8(at + 26 + i) === byte) ? view.getUint16(at + 24, true) : code;
  }
  if (channels < 1 || channels > mostChannels)
    return refuse(`has ${channels} channels, and 1 to ${mostChannels} are supported.`);
  if (rate < leastRate || rate > mostRate)
    return refuse(`has ${rate} samples per second, and ${leastRate} to ${mostRate} are supported.`);
  if (!readers[code]?.[bits])
    return refuse(`has samples of format ${code} with ${bits} bits, which is not supported. ${supported}`);
  if (block !== 0 && block !== (channels * bits) / 8)
    return refuse(
      `is damaged: ${channels} channel${channels === 1 ? '' : 's'} of ${bits} bits cannot take ${block} bytes per sample.`,
    );
  return { code, channels, rate, bits };
}

/** Reads the sample at an offset. */
type ReadSample = (view: DataView, at: number) => number;

/** Readers by format code and bits. */
const readers: Readonly<Record<number, Readonly<Record<number, ReadSample>>>> = {
  1: {
    8: (view, at) => (view.getUint8(at) - 128) / 128,
    16: (view, at) => view.getInt16(at, true) / 32_768,
    24: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608,
    32: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  },
  3: { 32: (view, at) => view.getFloat32(at, true), 64: (view, at) => view.getFloat64(at, true) },
  6: { 8: (view, at) => aLaw[view.getUint8(at)]! },
  7: { 8: (view, at) => muLaw[view.getUint8(at)]! },
};

function samplesOf(
  view: DataView,
  { code, channels, rate, bits }: Format,
  {
    at,
    length,
    mostSamples,
    refuse,
  }: { readonly at: number; readonly length: number; readonly mostSamples: number; refuse(why: string): never },
): Wave {
  const width = bits / 8;
  const count = Math.floor(length / (width * channels));
  if (count === 0) return refuse('has no samples.');
  if (count > mostSamples)
    return refuse(`has ${count} samples per channel, and at most ${mostSamples} are supported. Split the file.`);
  const read = readers[code]![bits]!;
  const samples = new Float32Array(count);
  for (let i = 0, place = at; i < count; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, place += width) sum += read(view, place);
    samples[i] = sum / channels;
    if (!Number.isFinite(samples[i])) return refuse(`has a sample that is not a finite number, number ${i}.`);
    if (Math.abs(samples[i]!) > mostMagnitude)
      return refuse(
        `has a sample of ${samples[i]!.toPrecision(3)}, number ${i}, but full scale is 1. Export it again.`,
      );
  }
  return { samples, rate };
}

/** Files with integers written as floats go up to 2^31; the power of larger samples overflows. */
const mostMagnitude = 2 ** 31;

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
