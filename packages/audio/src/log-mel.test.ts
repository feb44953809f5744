import { tensor, toNumbers } from '@graft/tensor';
import { expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import golden from './audio.golden.json' with { type: 'json' };
import { LogMel, type LogMelOptions } from './log-mel.ts';

const plain: LogMelOptions = { rate: 8000, fft: 64, hop: 32, mels: 4 };

test.each(golden.logMel)('$name: as in tools/golden/audio.py', (one) => {
  const module = new LogMel(one.options as LogMelOptions);
  const samples = tensor(Float32Array.from(one.samples), { shape: [2, one.samples.length / 2] });
  const found = module.forward(samples);
  expect(found.shape).toEqual(one.shape);
  expect(module.frames(samples.shape[1]!)).toBe(one.shape[2]);
  // Bins that nearly cancel have few exact digits left before the logarithm.
  expect(relativeDifference(toNumbers(found.arraySync(), 'float32'), one.result)).toBeLessThan(2e-5);
});
test('the range below the loudest value is that of each example, so a batch does not change its members', () => {
  const module = new LogMel({ ...plain, range: 1 });
  const [loud, quiet] = [1, 1e-3].map((scale) => Float32Array.from({ length: 128 }, (_, i) => scale * ((i * 7) % 11)));
  const alone = module.forward(tensor(quiet!, { shape: [1, 128] })).arraySync();
  const both = module.forward(tensor(Float32Array.of(...loud!, ...quiet!), { shape: [2, 128] })).arraySync();
  expect(both.slice(alone.length)).toEqual(alone);
});
test('its numbers are buffers, so nothing in it is trained', () => {
  const kinds = [...new LogMel(plain).parameters()].map(([path, { kind }]) => `${path} ${kind}`);
  expect(kinds).toEqual(['fourier buffer', 'filters buffer']);
});
test('frames of a wave without margins need a whole transform', () => {
  const module = new LogMel({ ...plain, center: 'none' });
  expect([63, 64, 95, 96].map((samples) => module.frames(samples))).toEqual([0, 1, 1, 2]);
  expect(() => module.forward(tensor(new Float32Array(63), { shape: [1, 63] }))).toThrow(
    'LogMel with fft 64 got 63 samples, which are too few for a frame.',
  );
  expect(() => new LogMel(plain).forward(tensor(new Float32Array(32), { shape: [1, 32] }))).toThrow('too few');
  expect(() => module.forward(tensor(new Float32Array(64)))).toThrow('LogMel expects [batch, samples], got [64].');
});
test.each<[Partial<LogMelOptions>, string]>([
  [{ fft: 0 }, 'LogMel expects fft to be an integer from 1 to 32768, got 0.'],
  [{ fft: 2 ** 30 }, 'fft to be an integer from 1 to 32768'],
  [
    { fft: 2 ** 15 },
    'LogMel with fft 32768 and window 32768 needs 1073807360 numbers, and at most 33554432 are supported. Use a shorter window.',
  ],
  [{ window: 65 }, 'window to be an integer from 1 to 64, got 65'],
  [{ hop: 1.5 }, 'hop to be an integer'],
  [{ mels: 1e6 }, 'mels to be an integer from 1 to 1024'],
  [{ mels: 60 }, '60 mel bands from 0 to 4000 hertz are too many for a Fourier transform of 64 samples: band 0'],
  [{ highest: 4001 }, 'expect frequencies from 0 to half the rate, 4000, with lowest below highest, got 0 to 4001'],
  [{ lowest: 3000, highest: 2000 }, 'got 3000 to 2000'],
  [{ center: 'yes' as 'none' }, 'center to be reflect or zeros or none, got "yes"'],
  [{ power: 3 as 2 }, 'power to be 1 or 2, got 3'],
  [{ log: 'log2' as 'ln' }, 'log to be ln or log10 or db'],
  [{ floor: 0 }, 'floor to be a number above 0, got 0'],
  [{ add: NaN }, 'add to be a number, got NaN'],
])('%j is refused', (change, message) => {
  expect(() => new LogMel({ ...plain, ...change })).toThrow(message);
});
