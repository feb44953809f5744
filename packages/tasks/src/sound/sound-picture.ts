import { melFilters, partOf, type Wave } from '@graft/audio';
import type { Picture } from '@graft/report';
import { palettePng } from './palette-png.ts';
import { powerSpectrum } from './power-spectrum.ts';

/** Pixels of the picture, and of the waveform above the spectrogram. */
const [width, height, top] = [288, 192, 60];
const bands = 48;
/** How far below its loudest value a spectrogram is drawn, in nepers of energy: 70 dB. */
const range = (70 / 10) * Math.LN10;
/** The shortest transform: each band contains a frequency of it at any rate. */
const leastFft = 128;
/** Energy below which a sound is silent. */
const leastEnergy = 1e-9;
/** Dark blue, purple, orange and yellow; the last entry is the waveform. */
const stops = [
  [12, 10, 34],
  [74, 21, 109],
  [175, 52, 88],
  [245, 125, 21],
  [252, 246, 165],
] as const;
const shades = 255;
const palette = Array.from({ length: shades }, (_, i): readonly number[] => {
  const at = (i / (shades - 1)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return stops[low]!.map((value, c) => Math.round(value + (stops[low + 1]![c]! - value) * (at - low)));
});
const waveColour = [126, 200, 227];

/** Draws a sound: its waveform, and below it its mel spectrogram, with low frequencies at the bottom. */
export async function soundPicture(wave: Wave): Promise<Picture> {
  const pixels = new Uint8Array(width * height);
  drawWave(pixels, wave.samples);
  drawSpectrogram(pixels, wave);
  return { bytes: await palettePng(pixels, { width, height, palette: [...palette, waveColour] }), type: 'image/png' };
}

function drawWave(pixels: Uint8Array, samples: Float32Array): void {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-4);
  const row = (value: number): number => Math.round((top - 3) * (0.5 - (0.5 * value) / peak)) + 1;
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x * samples.length) / width);
    const part = samples.subarray(from, Math.max(from + 1, Math.floor(((x + 1) * samples.length) / width)));
    let [low, high] = [Infinity, -Infinity];
    for (const sample of part) [low, high] = [Math.min(low, sample), Math.max(high, sample)];
    if (low > high) continue;
    for (let y = row(high); y <= row(low); y++) pixels[y * width + x] = shades;
  }
}

function drawSpectrogram(pixels: Uint8Array, { samples, rate }: Wave): void {
  const fft = 2 ** Math.round(Math.log2(Math.max(leastFft, 0.032 * rate)));
  const filters = melFilters({ rate, fft, mels: bands, scale: 'slaney' });
  const values = new Float64Array(bands * width);
  for (let x = 0; x < width; x++) {
    const start = Math.round(((x + 0.5) * samples.length) / width - fft / 2);
    const energies = powerSpectrum(
      Float64Array.from(partOf(samples, start, fft), (sample, n) => sample * Math.sin((Math.PI * n) / fft) ** 2),
    );
    for (let band = 0; band < bands; band++) {
      let sum = 0;
      for (const [bin, energy] of energies.entries()) sum += energy * filters[band * energies.length + bin]!;
      values[band * width + x] = Math.log(sum + leastEnergy);
    }
  }
  const loudest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const floor = Math.max(loudest - range, Math.log(leastEnergy));
  for (let y = top; y < height; y++) {
    const band = bands - 1 - Math.floor(((y - top) * bands) / (height - top));
    for (let x = 0; x < width; x++) {
      const share = (values[band * width + x]! - floor) / Math.max(1e-9, loudest - floor);
      pixels[y * width + x] = Math.round((shades - 1) * Math.min(1, Math.max(0, share)));
    }
  }
}
