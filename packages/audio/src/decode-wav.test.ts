import { expect, test } from 'vitest';
import { decodeWav, isWav } from './decode-wav.ts';
import { encodeWav } from './encode-wav.ts';

interface Fields {
  readonly code?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly block?: number;
  readonly riff?: string;
  readonly size?: number;
  /** Chunks before the samples. */
  readonly before?: Uint8Array;
  readonly extension?: readonly number[];
}

const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const chunk = (tag: string, data: Uint8Array | readonly number[], size = data.length): Uint8Array =>
  concat(ascii(tag), little(size, 4), data, data.length % 2 ? [0] : []);

function wav(data: Uint8Array | readonly number[], fields: Fields = {}): Uint8Array {
  const { code = 1, channels = 1, rate = 8000, bits = 16, riff = 'RIFF', size, before = [], extension = [] } = fields;
  const block = fields.block ?? (channels * bits) / 8;
  const format = [
    ...little(code, 2),
    ...little(channels, 2),
    ...little(rate, 4),
    ...little(rate * block, 4),
    ...little(block, 2),
    ...little(bits, 2),
    ...extension,
  ];
  return concat(ascii(riff), [0, 0, 0, 0], ascii('WAVE'), chunk('fmt ', format), before, chunk('data', data, size));
}
const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const samplesIn = (bytes: Uint8Array): number[] => [...decodeWav(bytes, { name: 'a.wav' }).samples];
const guid = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

test('integers of 8, 16, 24 and 32 bits are scaled to −1 to 1', () => {
  expect(samplesIn(wav([0, 128, 255, 64], { bits: 8 }))).toEqual([-1, 0, 127 / 128, -0.5]);
  expect(samplesIn(wav(bytesOf(Int16Array.of(-32768, 1, 32767))))).toEqual([-1, 1 / 32768, 32767 / 32768]);
  expect(samplesIn(wav([0, 0, 0x80, 0, 0, 0x40, 0xff, 0xff, 0xff], { bits: 24 }))).toEqual([-1, 0.5, -(2 ** -23)]);
  expect(samplesIn(wav(bytesOf(Int32Array.of(-(2 ** 31), 2 ** 29)), { bits: 32 }))).toEqual([-1, 0.25]);
});
test('floats of 32 and 64 bits are used as they are, but must be finite', () => {
  expect(samplesIn(wav(bytesOf(Float32Array.of(0.25, -1.5)), { code: 3, bits: 32 }))).toEqual([0.25, -1.5]);
  expect(samplesIn(wav(bytesOf(Float64Array.of(0.5, -0.125)), { code: 3, bits: 64 }))).toEqual([0.5, -0.125]);
  for (const bad of [NaN, Infinity, 1e300])
    expect(() => samplesIn(wav(bytesOf(Float64Array.of(0, bad)), { code: 3, bits: 64 }))).toThrow(
      '"a.wav" has a sample that is not a finite number, number 1.',
    );
});
test('samples whose power would overflow are refused', () => {
  expect(() => samplesIn(wav(bytesOf(Float32Array.of(0, 3.3e38)), { code: 3, bits: 32 }))).toThrow(
    '"a.wav" has a sample of 3.30e+38, number 1, but full scale is 1.',
  );
  expect(samplesIn(wav(bytesOf(Float32Array.of(2 ** 31)), { code: 3, bits: 32 }))).toEqual([2 ** 31]);
});
/** From `audioop.alaw2lin` and `ulaw2lin` of Python 3.11: SHA-256 of all 256 bytes as 16-bit samples. */
const companded = {
  6: 'e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174',
  7: '3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827',
};
test.each(Object.entries(companded))('the 256 samples of format %s are those of ITU-T G.711', async (code, digest) => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);
  const samples = Int16Array.from(samplesIn(wav(every, { code: Number(code), bits: 8 })), (one) => 32768 * one);
  const found = new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(samples) as Uint8Array<ArrayBuffer>));
  expect(Array.from(found, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(digest);
});
test('channels are averaged', () => {
  const samples = Int16Array.of(1000, 3000, -500, -4096, 0, 4096);
  expect(samplesIn(wav(bytesOf(samples), { channels: 3 }))).toEqual(
    [3500 / 3 / 32768, 0].map((value) => Math.fround(value)),
  );
});
test('the extensible format names its real one, and other chunks are skipped, odd ones with their padding', () => {
  const extension = [22, 0, 16, 0, 4, 0, 0, 0, 3, 0, ...guid];
  const bytes = wav(bytesOf(Float32Array.of(0.75)), {
    code: 0xfffe,
    bits: 32,
    extension,
    before: concat(chunk('LIST', [1, 2, 3]), chunk('fact', [9, 9, 9, 9])),
  });
  expect(samplesIn(bytes)).toEqual([0.75]);
  const foreign = wav([0, 0], { code: 0xfffe, extension: extension.with(12, 7) });
  expect(() => samplesIn(foreign)).toThrow('"a.wav" has samples of format 65534 with 16 bits, which is not supported.');
});
test('RF64 has its size in another chunk; the rest of the file is not sound', () => {
  const before = chunk('ds64', [...little(0, 8), ...little(4, 8), ...little(2, 8)]);
  const bytes = concat(
    wav([], { riff: 'RF64', size: 0xffffffff }).subarray(0, 12),
    before,
    wav([0, 64, 0, 32], { size: 0xffffffff }).subarray(12),
    ascii('after'),
  );
  expect(samplesIn(bytes)).toEqual([0.5, 0.25]);
});
test('a file that ends early, or was written without its size, is read to its end', () => {
  expect(samplesIn(wav([0, 64, 0, 32, 7], { size: 1_000_000 }))).toEqual([0.5, 0.25, 7 / 32768]);
  expect(samplesIn(wav([0, 64, 0, 32], { size: 0xffffffff }))).toEqual([0.5, 0.25]);
  expect(samplesIn(wav([0, 64, 0, 32], { size: 0 }))).toEqual([0.5, 0.25]);
});
test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(), '"a.wav" is empty.'],
  ['text', ascii('not a sound at all'), '"a.wav" is not a WAV file.'],
  ['big-endian', wav([0, 0], { riff: 'RIFX' }), '(RIFX), which is not supported'],
  ['no samples', wav([]), '"a.wav" has no samples.'],
  ['less than a sample', wav([1, 2], { channels: 2 }), '"a.wav" has no samples.'],
  ['no channels', wav([0, 0], { channels: 0 }), 'has 0 channels, and 1 to 64 are supported'],
  ['many channels', wav([0, 0], { channels: 65, block: 130 }), 'has 65 channels'],
  ['no rate', wav([0, 0], { rate: 0 }), 'has 0 samples per second, and 1000 to 768000 are supported'],
  ['an absurd rate', wav([0, 0], { rate: 4e9 }), 'has 4000000000 samples per second'],
  ['ADPCM', wav([0, 0], { code: 2, bits: 4 }), 'has samples of format 2 with 4 bits, which is not supported. Save it'],
  ['12 bits', wav([0, 0], { bits: 12 }), 'format 1 with 12 bits'],
  ['a block that does not fit', wav([0, 0], { block: 3 }), '1 channel of 16 bits cannot take 3 bytes per sample'],
  ['no format', wav([0, 0]).subarray(0, 14), 'is truncated: it ends before the format of its samples'],
  ['half a format', wav([0, 0]).subarray(0, 30), 'the format of its samples is truncated'],
  ['no data', wav([0, 0]).subarray(0, 36), '"a.wav" has no samples.'],
  ['data first', concat(wav([0, 0]).subarray(0, 12), chunk('data', [0, 0])), 'samples come before their format'],
  [
    'endless chunks',
    concat(wav([]).subarray(0, 12), new Uint8Array(90_000)),
    'has more than 10000 chunks, so it is damaged',
  ],
])('a file with %s is refused in one sentence', (_, bytes, message) => {
  expect(() => samplesIn(bytes)).toThrow(message);
});
test('more samples than accepted are refused before memory is allocated', () => {
  expect(() => decodeWav(wav(new Uint8Array(20)), { name: 'a.wav', mostSamples: 9 })).toThrow(
    '"a.wav" has 10 samples per channel, and at most 9 are supported. Split the file.',
  );
});
test('every damaged byte and every shorter file is decoded, or refused in a sentence with its name', () => {
  const whole = wav(
    Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256),
    { channels: 2, before: chunk('LIST', [5, 6]) },
  );
  let refusals = 0;
  const check = (bytes: Uint8Array): void => {
    try {
      const { samples, rate } = decodeWav(bytes, { name: 'a.wav' });
      expect(samples.length > 0 && samples.every(Number.isFinite) && rate >= 1000).toBe(true);
    } catch (error) {
      refusals++;
      expect((error as Error).message).toMatch(/^"a\.wav" .+\.$/);
    }
  };
  for (let length = 0; length < whole.length; length++) check(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at++) for (const value of [0, 1, 0x7f, 0x80, 0xff]) check(whole.with(at, value));
  expect(refusals).toBeGreaterThan(50);
});
test('what is encoded is decoded, and clipped to 16 bits', () => {
  const samples = Float32Array.of(0, 0.5, -0.25, 2, -2);
  const bytes = encodeWav({ samples, rate: 22_050 });
  expect(isWav(bytes)).toBe(true);
  expect(decodeWav(bytes)).toEqual({ samples: Float32Array.of(0, 0.5, -0.25, 32767 / 32768, -1), rate: 22_050 });
});
