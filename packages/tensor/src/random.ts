/**
 * A stream of random numbers that depends only on its key: a seed, and the path of `fork`s that led to it. Counter-based
 * (Philox 4×32-10, Salmon et al. 2011), so every backend and any number of threads draw the same numbers.
 */
export class Random {
  readonly #key: PhiloxKey;
  #counter = 0;
  readonly #block = new Uint32Array(4);
  #used = 4;
  #spareNormal: number | undefined;

  /** @param seed any integer */
  constructor(seed: number | PhiloxKey) {
    this.#key = typeof seed === 'number' ? [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] : seed;
  }

  /** An independent stream: the same keys always give the same stream, regardless of earlier draws. */
  fork(...keys: readonly (number | string)[]): Random {
    let key = this.#key;
    for (const part of keys) {
      const [low, high] = typeof part === 'number' ? [part >>> 0, Math.floor(part / 2 ** 32) >>> 0] : hashText(part);
      // The last counter word keeps forks apart from draws.
      const block = philox(key, low, high, typeof part === 'number' ? 1 : 2, 0x6772_6674, new Uint32Array(4));
      key = [block[0]!, block[1]!];
    }
    return new Random(key);
  }

  /** A copy of this stream in its current state. */
  clone(): Random {
    const twin = new Random(this.#key);
    twin.#counter = this.#counter;
    twin.#block.set(this.#block);
    twin.#used = this.#used;
    twin.#spareNormal = this.#spareNormal;
    return twin;
  }

  /** A key for a whole tensor of random numbers, for ops such as dropout. */
  key(): PhiloxKey {
    return [this.bits(), this.bits()];
  }

  /** 32 random bits. */
  bits(): number {
    if (this.#used === 4) {
      philox(this.#key, this.#counter >>> 0, Math.floor(this.#counter / 2 ** 32), 0, 0, this.#block);
      this.#counter++;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  /** Uniform in [0, 1), 53 bits. */
  next(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** Uniform in [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** An integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Standard normal, by the Box–Muller transform, two at a time. */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A gamma variate of the given shape and scale 1 (Marsaglia and Tsang 2000; below a shape of 1 by Stuart's theorem). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.next() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const normal = this.normal();
      const v = (1 + c * normal) ** 3;
      if (v > 0 && Math.log(1 - this.next()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** A beta variate, from 0 to 1. */
  beta(a: number, b: number): number {
    const [x, y] = [this.gamma(a), this.gamma(b)];
    return x + y > 0 ? x / (x + y) : 0.5; // both may underflow for shapes near 0
  }

  /** Shuffles in place (Fisher and Yates), and returns the same array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}

/** The two words that key a stream of random numbers. */
export type PhiloxKey = readonly [number, number];

/** Ten rounds of Philox 4×32: 128 random bits from a counter and a key, written to `out`. */
export function philox(key: PhiloxKey, c0: number, c1: number, c2: number, c3: number, out: Uint32Array): Uint32Array {
  let x0 = c0 >>> 0;
  let x1 = c1 >>> 0;
  let x2 = c2 >>> 0;
  let x3 = c3 >>> 0;
  let a = key[0] >>> 0;
  let b = key[1] >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd251, 0x1f53, x0);
    const high1 = multiplyHigh(0xcd9e, 0x8d57, x2);
    const low0 = Math.imul(0xd2511f53, x0);
    x0 = high1 ^ x1 ^ a;
    x1 = Math.imul(0xcd9e8d57, x2);
    x2 = high0 ^ x3 ^ b;
    x3 = low0;
    a = (a + 0x9e3779b9) | 0;
    b = (b + 0xbb67ae85) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
  return out;
}

/** The upper 32 bits of a product of two unsigned 32-bit numbers, the first in halves of 16 bits. */
function multiplyHigh(aHigh: number, aLow: number, b: number): number {
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  // Adding a 16-bit number to a product of two cannot overflow: neither sum reaches 2^32.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** A 64-bit hash of a text (FNV-1a, twice with different offsets). */
function hashText(text: string): [number, number] {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return [low >>> 0, high >>> 0];
}
