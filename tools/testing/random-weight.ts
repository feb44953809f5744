import { noise } from './noise.mjs';

/** A different weight for each name, also of the same shape; the same as in tools/golden/noise.py. */
export function randomWeight(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619) >>> 0;
  const size = shape.reduce((product, length) => product * length, 1);
  if (/(pos_embed|pos_embedding|position_embeddings|cls_token|class_token)$/.test(name)) return noise(size, 0.5, seed);
  const isMatrix = shape.length > 1 && size > shape[0]!;
  const values = noise(size, isMatrix ? Math.sqrt(2 / (size / shape[0]!)) : 0.1, seed);
  return name.endsWith('running_var') || (!isMatrix && /(weight|gamma|lambda1|layer_scale)$/.test(name))
    ? values.map((value) => value + 1)
    : values;
}
