import { type HostArray, sizeOf, stridesOf } from '@graft/tensor';
import type { ValueRange } from './calibrate.ts';
import { type Outlier, outlierOf } from './outliers.ts';

/** Quantised integers and their scales: one per channel along an axis, or one for all. */
export interface QuantizedTensor {
  readonly values: HostArray;
  readonly scale: HostArray;
  readonly zero: HostArray;
  readonly axis: number | undefined;
}

/** A quantised weight. */
export interface QuantizedWeight extends QuantizedTensor {
  /** The outlier of a channel that costs the others of the channel the most precision. */
  readonly outlier: (Outlier & { readonly channel: number }) | undefined;
}

export interface WeightOptions {
  /** The axis of output channels; without it, one scale is used for all. */
  readonly axis: number | undefined;
  /** The maximum integer; the minimum is its negative. */
  readonly limit: number;
  /** Lower bounds of the scales, per channel. */
  readonly least: (channel: number) => number;
}

/** Scale and zero point that map a range to uint8; 0 is represented exactly. */
export function activationScale({ least, greatest }: Pick<ValueRange, 'least' | 'greatest'>): {
  scale: HostArray;
  zero: HostArray;
} {
  const scale = Math.fround((greatest - least) / 255) || 1;
  return {
    scale: { shape: [], dtype: 'float32', data: Float32Array.of(scale) },
    zero: { shape: [], dtype: 'uint8', data: Uint8Array.of(Math.min(255, Math.round(-least / scale))) },
  };
}

/** Symmetric int8 quantisation with a zero point of 0. @throws if a weight is not finite */
export function quantizeWeight({ shape, data }: HostArray, { axis, limit, least }: WeightOptions): QuantizedWeight {
  const channels = axis === undefined ? 1 : shape[axis]!;
  const stride = axis === undefined ? sizeOf(shape) || 1 : stridesOf(shape)[axis]!;
  const weights = data as Float32Array;
  const channelOf = (i: number): number => Math.floor(i / stride) % channels;
  const greatest = new Float64Array(channels);
  weights.forEach((value, i) => {
    if (!Number.isFinite(value)) throw new Error(`contains ${value}, which cannot be quantised.`);
    greatest[channelOf(i)] = Math.max(greatest[channelOf(i)]!, Math.abs(value));
  });
  const scales = Float32Array.from(greatest, (value, channel) => Math.max(value / limit, least(channel)) || 1);
  const byChannel = Array.from({ length: channels }, (): number[] => []);
  weights.forEach((value, i) => void byChannel[channelOf(i)]!.push(value));
  let outlier: QuantizedWeight['outlier'];
  for (const [channel, values] of byChannel.entries()) {
    const found = outlierOf(values, limit);
    if (found && found.factor > (outlier?.factor ?? 0)) outlier = { ...found, channel };
  }
  return {
    axis,
    outlier,
    values: {
      shape,
      dtype: 'int8',
      data: Int8Array.from(weights, (value, i) =>
        Math.max(-limit, Math.min(limit, Math.round(value / scales[channelOf(i)]!))),
      ),
    },
    scale: { shape: axis === undefined ? [] : [channels], dtype: 'float32', data: scales },
    zero: { shape: axis === undefined ? [] : [channels], dtype: 'int8', data: new Int8Array(channels) },
  };
}

/** Quantises a bias with the scale of the products it is added to. */
export function quantizeBias(
  { shape, data }: HostArray,
  input: HostArray,
  weight: HostArray,
): Omit<QuantizedTensor, 'zero'> {
  const scaleOf = (channel: number): number =>
    Number(input.data[0]) * Number(weight.data[channel % weight.data.length]);
  const scales = Float32Array.from({ length: weight.data.length }, (_, channel) => scaleOf(channel));
  return {
    axis: weight.shape.length ? 0 : undefined,
    scale: { shape: weight.shape, dtype: 'float32', data: scales },
    values: {
      shape,
      dtype: 'int32',
      data: Int32Array.from(data as Float32Array, (value, channel) =>
        Math.round(value / scales[channel % scales.length]!),
      ),
    },
  };
}
