import { type Random, type Shape, sizeOf } from '@graft/tensor';

/** Initial values of a parameter. */
export type Initializer = (shape: Shape, random: Random) => Float32Array;

/** Numbers of connections into and out of one unit: [out, in, ...kernel]. */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const kernel = sizeOf(shape.slice(2));
  return { fanIn: (shape[1] ?? 1) * kernel, fanOut: (shape[0] ?? 1) * kernel };
}

const fill = (shape: Shape, draw: () => number): Float32Array => Float32Array.from({ length: sizeOf(shape) }, draw);

export const constant = (value: number): Initializer => (shape) => fill(shape, () => value);
export const uniform = (low: number, high: number): Initializer => (shape, random) => fill(shape, () => random.range(low, high));
export const normal = (deviation = 1, mean = 0): Initializer => (shape, random) => fill(shape, () => mean + deviation * random.normal());
/** Normal, drawn again beyond two deviations; the deviation is that of the untruncated distribution, as in PyTorch. */
export const truncatedNormal = (deviation = 1, mean = 0): Initializer => (shape, random) => fill(shape, () => {
  let z = random.normal();
  while (Math.abs(z) > 2) z = random.normal();
  return mean + deviation * z;
});
/** ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export const glorotUniform = (gain = 1): Initializer => (shape, random) => {
  const { fanIn, fanOut } = fans(shape);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return fill(shape, () => random.range(-bound, bound));
};
/** Deviation √(2 / fan): keeps the size of activations through ReLUs (He et al. 2015). */
export const heNormal = (fan: 'fanIn' | 'fanOut' = 'fanIn'): Initializer => (shape, random) => {
  const deviation = Math.sqrt(2 / fans(shape)[fan]);
  return fill(shape, () => deviation * random.normal());
};
/** ±1 / √fanIn: what PyTorch's Linear and Conv2d start with. */
export const torchUniform = (fanIn: number): Initializer => uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
