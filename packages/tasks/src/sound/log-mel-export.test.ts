import { LogMel, type LogMelOptions } from '@graft/audio';
import { exportOnnx } from '@graft/onnx';
import { Random, tensor, toNumbers } from '@graft/tensor';
import { expect, test } from 'vitest';
import { relativeDifference } from '../../../../tools/testing/relative-difference.ts';
import { runInOnnxruntime } from '../../../../tools/testing/run-in-onnxruntime.ts';

const plain: LogMelOptions = { rate: 8000, fft: 128, window: 100, hop: 50, mels: 12, range: 5 };
const random = new Random(3);
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

test.each<[string, Partial<LogMelOptions>, number | string]>([
  ['reflected margins, a fixed length', {}, 700],
  ['reflected margins, any length', {}, 'samples'],
  ['zeros as margins, a fixed length', { center: 'zeros', log: 'db' }, 700],
  ['zeros as margins, any length', { center: 'zeros', dropLast: true }, 'samples'],
  ['no margins, any length', { center: 'none', power: 1 }, 'samples'],
])('a spectrogram is exported alone: %s', async (_, more, samples) => {
  const module = new LogMel({ ...plain, ...more });
  const model = await exportOnnx(module, { inputs: { wave: { shape: ['N', samples] } }, sizes: { samples: 700 } });
  for (const length of samples === 700 ? [700] : [700, 433]) {
    const wave = noise(2 * length);
    const expected = module.forward(tensor(wave, { shape: [2, length] }));
    const found = await runInOnnxruntime(model, wave, [2, length]);
    expect(found.length).toBe(expected.size);
    expect(relativeDifference(found, toNumbers(expected.arraySync(), 'float32'))).toBeLessThan(1e-4);
  }
});
