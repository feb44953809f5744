/**
 * A stream of random numbers that depends only on its key: a seed, and the path of `fork`s that led to it. Counter-based
 * (Philox 4×32-10, Salmon et al. 2011), so that any backend and any number of threads draw the same numbers.
 */
export class Random {
  readonly #key: PhiloxKey;
  #counter = 0;
  readonly #block = new Uint32Array(4);
  #used = 4;

  /** @param seed any whole number */
  constructor(seed: number | PhiloxKey) {
    this.#key = typeof seed === 'number' ? [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] : seed;
  }

  /** An independent stream: the same keys give the same stream, whatever was drawn before. */
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

  /** A key for a whole tensor of random numbers, as ops such as dropout take it. */
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

  /** A whole number in [0, n). */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
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

export type PhiloxKey = readonly [number, number];

/** Ten rounds of Philox 4×32: 128 random bits from a counter and a key, written to `out`. */
export function philox([k0, k1]: PhiloxKey, c0: number, c1: number, c2: number, c3: number, out: Uint32Array): Uint32Array {
  let [x0, x1, x2, x3, a, b] = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0, k0, k1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2);
    const low0 = Math.imul(0xd2511f53, x0);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = (high1 ^ x1 ^ a) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ b) >>> 0;
    x3 = low0 >>> 0;
    a = (a + 0x9e3779b9) >>> 0;
    b = (b + 0xbb67ae85) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
  return out;
}

/** The upper 32 bits of a product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle % 0x10000);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000);
}

/** 64 bits of a text (FNV-1a, twice from different starts). */
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
