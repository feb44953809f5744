// @ts-check

/**
 * Numbers with mean 0 and the given deviation, by a hash of their index and a seed; the same as in tools/golden/noise.py.
 * @param {number} size @param {number} scale @param {number} [seed]
 */
export const noise = (size, scale, seed = 0) =>
  Float32Array.from({ length: size }, (_, i) => {
    let h = Math.imul(i, 2654435761) + 374761393 + seed;
    h = Math.imul(h ^ (h >>> 15), 2246822519);
    h = Math.imul(h ^ (h >>> 13), 3266489917);
    return Math.fround((((h ^ (h >>> 16)) >>> 0) / 2 ** 32 - 0.5) * Math.sqrt(12)) * Math.fround(scale);
  });
