/**
 * The energies of a real signal's frequencies, by the fast Fourier transform of Cooley and Tukey.
 * @param signal a power of two of samples
 * @returns length / 2 + 1 energies
 */
export function powerSpectrum(signal: Float64Array): Float64Array {
  const { length } = signal;
  const bits = Math.log2(length);
  const [real, imaginary] = [new Float64Array(length), new Float64Array(length)];
  for (let i = 0; i < length; i++) {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
    real[reversed] = signal[i]!;
  }
  for (let size = 2; size <= length; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let low = k; low < length; low += size) {
        const high = low + half;
        const re = real[high]! * cosine - imaginary[high]! * sine;
        const im = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - re;
        imaginary[high] = imaginary[low]! - im;
        real[low]! += re;
        imaginary[low]! += im;
      }
    }
  }
  return Float64Array.from({ length: length / 2 + 1 }, (_, k) => real[k]! ** 2 + imaginary[k]! ** 2);
}
