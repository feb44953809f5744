import { checkImage } from './check-image.ts';
import type { Image } from './image.ts';

/** The input normalisation of a network: `(value − mean) / std` per channel, for values from 0 to 1. */
export interface Normalization {
  /** One value per channel, or one for all, on a scale of 0 to 1; default 0. */
  readonly mean?: readonly number[];
  /** One value per channel, or one for all, on a scale of 0 to 1; default 1. */
  readonly std?: readonly number[];
  /** Number of input channels of the network; a grey image is repeated to fill them. Default: the channels of the image. */
  readonly channels?: number;
  /** The order of the channels, if there are three; default `rgb`. */
  readonly order?: 'rgb' | 'bgr';
  /** Where batches have the channels: before height and width, or last; default `nchw`. */
  readonly layout?: 'nchw' | 'nhwc';
}

/** An image in the layout of a network: `[channels, height, width]`. */
export interface Planes {
  readonly data: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** Converts the interleaved pixels of an image to normalised planes, in one pass. */
export function toPlanes(image: Image, normalization: Normalization = {}): Planes {
  checkImage(image, 'toPlanes');
  const channels = normalization.channels ?? image.channels;
  const data = new Float32Array(channels * image.height * image.width);
  writePlanes(image, normalization, data, 0);
  return { data, shape: [channels, image.height, image.width] };
}

/**
 * Writes an image's planes into `out` at `offset`.
 * @throws if the image has neither 1 channel nor as many as the network
 */
export function writePlanes(image: Image, normalization: Normalization, out: Float32Array, offset: number): void {
  const { data, channels: inChannels } = image;
  const pixels = image.width * image.height;
  const planes = channelsOf(image, normalization).map((channel, c): Plane => ({
    ...channel,
    values: out.subarray(offset + c * pixels, offset + (c + 1) * pixels),
  }));
  const [first, second, third] = planes.toSorted((a, b) => a.source - b.source);
  if (inChannels === 3) writeThree(data, first!, second!, third!);
  else
    for (const { source, scale, shift, values } of planes)
      for (let i = 0, at = source; i < pixels; i++, at += inChannels) values[i] = data[at]! * scale + shift;
}

/**
 * Writes an image's normalised pixels, with the channels last, into `out` at `offset`.
 * @throws if the image has neither 1 channel nor as many as the network
 */
export function writePixels(image: Image, normalization: Normalization, out: Float32Array, offset: number): void {
  const { data, channels: inChannels, width, height } = image;
  const channels = channelsOf(image, normalization);
  for (let i = 0, at = 0, to = offset; i < width * height; i++, at += inChannels)
    for (const { source, scale, shift } of channels) out[to++] = data[at + source]! * scale + shift;
}

/** How a channel of the network is made of an image's. */
interface Channel {
  readonly source: number;
  readonly scale: number;
  readonly shift: number;
}

/** A channel and its destination. */
interface Plane extends Channel {
  readonly values: Float32Array;
}

/** @throws if the image has neither 1 channel nor as many as the network */
function channelsOf({ data, channels: inChannels }: Image, normalization: Normalization): Channel[] {
  const { mean = [0], std = [1], channels = inChannels, order = 'rgb' } = normalization;
  if (inChannels !== channels && inChannels !== 1)
    throw new Error(
      `The network expects ${channels} channels, but the image has ${inChannels}. Decode it with { channels: ${channels} } or use grayscale().`,
    );
  const unit = data instanceof Uint8Array ? 255 : 1;
  const [means, deviations] = [perChannel(mean, channels, 'mean'), perChannel(std, channels, 'std')];
  return Array.from({ length: channels }, (_, c) => ({
    source: inChannels === 1 ? 0 : order === 'bgr' && channels >= 3 && c < 3 ? 2 - c : c,
    scale: 1 / (unit * deviations[c]!),
    shift: -means[c]! / deviations[c]!,
  }));
}

/** Writes all planes in one pass that reads bytes by word and keeps constants in registers: half the time of one pass per plane. */
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

/** The bytes as 32-bit words, if they are aligned; otherwise empty. */
const wordsOf = (data: Image['data']): Uint32Array =>
  data instanceof Uint8Array && data.byteOffset % 4 === 0 && littleEndian
    ? new Uint32Array(data.buffer, data.byteOffset, Math.floor(data.length / 4))
    : new Uint32Array(0);

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Expands a mean or standard deviation to one value per channel, as written to files and model cards.
 * @throws if there are neither one nor `channels` values, or a value is not finite, or a standard deviation not above 0
 */
export function perChannel(values: readonly number[], channels: number, name: 'mean' | 'std'): number[] {
  const usable = (value: number): boolean => Number.isFinite(value) && (name === 'mean' || value > 0);
  if ((values.length !== 1 && values.length !== channels) || !values.every(usable))
    throw new Error(
      `Normalization expects one ${name} or ${channels}, each ${name === 'std' ? 'above 0' : 'a number'}, got [${values.join(', ')}].`,
    );
  return Array.from({ length: channels }, (_, c) => (values.length === 1 ? values[0]! : values[c]!));
}
