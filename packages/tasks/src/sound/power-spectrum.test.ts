import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { powerSpectrum } from './power-spectrum.ts';

test.each([1, 2, 16, 64])('the spectrum of %i samples is that of the definition', (length) => {
  const random = new Random(length);
  const signal = Float64Array.from({ length }, () => random.normal());
  const found = powerSpectrum(signal);
  expect(found.length).toBe(Math.floor(length / 2 + 1));
  found.forEach((energy, k) => {
    let [real, imaginary] = [0, 0];
    signal.forEach((value, n) => {
      real += value * Math.cos((2 * Math.PI * k * n) / length);
      imaginary += value * Math.sin((2 * Math.PI * k * n) / length);
    });
    expect(energy).toBeCloseTo(real ** 2 + imaginary ** 2, 9);
  });
});
