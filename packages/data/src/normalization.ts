import { checkImage } from './check-image.ts';
import type { Image } from './image.ts';

/** What a network was trained to see: `(value − mean) / std`, channel by channel, with values from 0 to 1. */
export interface Normalization {
  /** One number for each channel, or one for all; on a scale of 0 to 1. Default 0. */
  readonly mean?: readonly number[];
  /** One number for each channel, or one for all; on a scale of 0 to 1. Default 1. */
  readonly std?: readonly number[];
  /** How many channels the network takes: a grey image is repeated to fill them. default Those of the image. */
  readonly channels?: number;
  /** The order of three channels; default `rgb`. */
  readonly order?: 'rgb' | 'bgr';
}

/** An image as a network takes it: `[channels, height, width]`. */
export interface Planes {
  readonly data: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** The network's view of one image: interleaved bytes to normalised planes, in one pass. */
export function toPlanes(image: Image, normalization: Normalization = {}): Planes {
  checkImage(image, 'toPlanes');
  const channels = normalization.channels ?? image.channels;
  const data = new Float32Array(channels * image.height * image.width);
  writePlanes(image, normalization, data, 0);
  return { data, shape: [channels, image.height, image.width] };
}

/**
 * Writes an image's planes into `out` at `offset`.
 * @throws where the channels of image and network differ, other than 1
 */
export function writePlanes(image: Image, normalization: Normalization, out: Float32Array, offset: number): void {
  const { data, channels: inChannels } = image;
  const { mean = [0], std = [1], channels = inChannels, order = 'rgb' } = normalization;
  if (inChannels !== channels && inChannels !== 1)
    throw new Error(
      `The network takes ${channels} channels, and the image has ${inChannels}. Decode it with { channels: ${channels} } or use grayscale().`,
    );
  const pixels = image.width * image.height;
  const unit = data instanceof Uint8Array ? 255 : 1;
  const [means, deviations] = [perChannel(mean, channels, 'mean'), perChannel(std, channels, 'std')];
  const planes = Array.from({ length: channels }, (_, c): Plane => ({
    source: inChannels === 1 ? 0 : order === 'bgr' && channels === 3 ? 2 - c : c,
    scale: 1 / (unit * deviations[c]!),
    shift: -means[c]! / deviations[c]!,
    values: out.subarray(offset + c * pixels, offset + (c + 1) * pixels),
  }));
  const [first, second, third] = planes.toSorted((a, b) => a.source - b.source);
  if (inChannels === 3) writeThree(data, first!, second!, third!);
  else
    for (const { source, scale, shift, values } of planes)
      for (let i = 0, at = source; i < pixels; i++, at += inChannels) values[i] = data[at]! * scale + shift;
}

/** Where a plane's values come from and go to. */
interface Plane {
  readonly source: number;
  readonly scale: number;
  readonly shift: number;
  readonly values: Float32Array;
}

/** All planes in one pass over the pixels, their numbers in registers, and bytes by the word: half the time of plane after plane. */
function writeThree(
  data: Image['data'],
  { scale: scale0, shift: shift0, values: red }: Plane,
  { scale: scale1, shift: shift1, values: green }: Plane,
  { scale: scale2, shift: shift2, values: blue }: Plane,
): void {
  const words = wordsOf(data);
  let i = 0;
  for (let at = 0; at + 3 <= words.length; i += 4, at += 3) {
    // Four pixels: the lowest byte of a word comes first.
    const [a, b, c] = [words[at]!, words[at + 1]!, words[at + 2]!];
    red[i] = (a & 255) * scale0 + shift0;
    green[i] = ((a >>> 8) & 255) * scale1 + shift1;
    blue[i] = ((a >>> 16) & 255) * scale2 + shift2;
    red[i + 1] = (a >>> 24) * scale0 + shift0;
    green[i + 1] = (b & 255) * scale1 + shift1;
    blue[i + 1] = ((b >>> 8) & 255) * scale2 + shift2;
    red[i + 2] = ((b >>> 16) & 255) * scale0 + shift0;
    green[i + 2] = (b >>> 24) * scale1 + shift1;
    blue[i + 2] = (c & 255) * scale2 + shift2;
    red[i + 3] = ((c >>> 8) & 255) * scale0 + shift0;
    green[i + 3] = ((c >>> 16) & 255) * scale1 + shift1;
    blue[i + 3] = (c >>> 24) * scale2 + shift2;
  }
  for (let at = 3 * i; i < red.length; i++, at += 3) {
    red[i] = data[at]! * scale0 + shift0;
    green[i] = data[at + 1]! * scale1 + shift1;
    blue[i] = data[at + 2]! * scale2 + shift2;
  }
}

/** Bytes by four, where they lie so; else none. */
const wordsOf = (data: Image['data']): Uint32Array =>
  data instanceof Uint8Array && data.byteOffset % 4 === 0 && littleEndian
    ? new Uint32Array(data.buffer, data.byteOffset, Math.floor(data.length / 4))
    : new Uint32Array(0);

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * A mean or deviation as one number for each channel: what is written into files and cards says it in full.
 * @throws where there are neither one nor `channels` numbers, or one that cannot be used
 */
export function perChannel(values: readonly number[], channels: number, name: 'mean' | 'std'): number[] {
  const usable = (value: number): boolean => Number.isFinite(value) && (name === 'mean' || value > 0);
  if ((values.length !== 1 && values.length !== channels) || !values.every(usable))
    throw new Error(
      `Normalization expects one ${name} or ${channels}, each ${name === 'std' ? 'above 0' : 'a number'}, got [${values.join(', ')}].`,
    );
  return Array.from({ length: channels }, (_, c) => (values.length === 1 ? values[0]! : values[c]!));
}
