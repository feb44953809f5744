import { type HostArray, sizeOf } from '@graft/tensor';

/**
 * Adapts filters [out, in, ...kernel] to another number of input channels, keeping the magnitude of the output. For one channel: the sum over all
 * channels. Otherwise: the channels repeated and scaled by in / channels. Same as timm for pretrained first layers (Wightman 2019).
 */
export function adaptFilters({ shape, data }: HostArray, channels: number): HostArray {
  const [out, before] = shape as [number, number];
  if (!Number.isInteger(channels) || channels < 1)
    throw new Error(`adaptFilters expects a positive number of channels, got ${channels}.`);
  const size = sizeOf(shape.slice(2));
  const at = (filter: number, channel: number, place: number): number =>
    Number(data[(filter * before + channel) * size + place]);
  const sum = (filter: number, place: number): number =>
    Array.from({ length: before }, (_, channel) => at(filter, channel, place)).reduce((a, b) => a + b, 0);
  const adapted = Float32Array.from({ length: out * channels * size }, (_, i) => {
    const [filter, channel, place] = [Math.floor(i / (channels * size)), Math.floor(i / size) % channels, i % size];
    return channels === 1 ? sum(filter, place) : (at(filter, channel % before, place) * before) / channels;
  });
  return { shape: [out, channels, ...shape.slice(2)], dtype: 'float32', data: adapted };
}
