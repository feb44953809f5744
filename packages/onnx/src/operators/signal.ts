import {
  add,
  axisOf,
  concat,
  type DType,
  gather,
  integers,
  js,
  matmul,
  mul,
  narrow,
  pad,
  reshape,
  sub,
  type Tensor,
  tensor,
  upload,
  toArray,
  transpose,
} from '@graft/tensor';
import { checkListed, integerOf, numberOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { dtypeOf } from '../proto/data-types.ts';

/** A window of `size` samples as a sum of cosines: a₀ − a₁ cos t + a₂ cos 2t. */
function cosineWindow(coefficients: readonly number[]): OnnxOperator['run'] {
  return ([size], { attributes }) => {
    const length = integerOf(size!, 'size');
    checkListed([length]);
    const steps = attributes.int('periodic', 1) ? length : length - 1;
    const values = Array.from({ length }, (_, i) =>
      coefficients.reduce((sum, a, k) => sum + (k % 2 ? -a : a) * Math.cos((2 * Math.PI * k * i) / steps), 0),
    );
    return tensor(values, { shape: [length], dtype: dtypeOf(attributes.int('output_datatype', 1)) ?? 'float32' });
  };
}

const constant = (values: readonly number[], shape: readonly number[], like: Tensor): Tensor =>
  tensor(toArray(values, like.dtype), { shape, dtype: like.dtype, backend: like.backend });

/** [..., length, 1 or 2] → [..., bins, 2]: products with matrices of cosines and sines; differentiable. */
function fourier(x: Tensor, bins: number, inverse: boolean): Tensor {
  const length = x.shape.at(-2)!;
  checkListed([length, bins]);
  const angle = (i: number): number => (2 * Math.PI * ((Math.floor(i / bins) * (i % bins)) % length)) / length;
  const scale = inverse ? 1 / length : 1;
  const matrix = (f: (angle: number) => number): Tensor =>
    constant(
      Array.from({ length: length * bins }, (_, i) => f(angle(i)) * scale),
      [length, bins],
      x,
    );
  const [cosines, sines] = [matrix(Math.cos), matrix((a) => (inverse ? Math.sin(a) : -Math.sin(a)))];
  const part = (i: number): Tensor => reshape(narrow(x, -1, i, 1), [-1, length]);
  const real = part(0);
  const imaginary = x.shape.at(-1) === 2 ? part(1) : undefined;
  const [re, im] = [matmul(real, cosines), matmul(real, sines)];
  const parts = imaginary ? [sub(re, matmul(imaginary, sines)), add(im, matmul(imaginary, cosines))] : [re, im];
  const shape = [...x.shape.slice(0, -2), bins, 1];
  return concat(
    parts.map((one) => reshape(one, shape)),
    -1,
  );
}

/** The real signal [..., length, 1] of the first half of a symmetric spectrum [..., bins, 1 or 2]. */
function realInverse(x: Tensor, length: number): Tensor {
  const bins = x.shape.at(-2)!;
  checkListed([bins, length]);
  // All bins but the first and, of an even length, the last one stand for two.
  const weight = (k: number): number => (k === 0 || 2 * k === length ? 1 : 2) / length;
  const matrix = (f: (angle: number) => number): Tensor =>
    constant(
      Array.from({ length: bins * length }, (_, i) => {
        const [k, n] = [Math.floor(i / length), i % length];
        return weight(k) * f((2 * Math.PI * ((k * n) % length)) / length);
      }),
      [bins, length],
      x,
    );
  const part = (i: number): Tensor => reshape(narrow(x, -1, i, 1), [-1, bins]);
  const cosines = matmul(part(0), matrix(Math.cos));
  const values = x.shape.at(-1) === 2 ? sub(cosines, matmul(part(1), matrix(Math.sin))) : cosines;
  return reshape(values, [...x.shape.slice(0, -2), length, 1]);
}

/** The discrete Fourier transform of [..., 1 or 2] along an axis, truncated or zero-padded to a length first. */
function dft(x: Tensor, length: number | undefined, axis: number, { attributes }: OperatorNode): Tensor {
  const own = axisOf(axis, x.rank);
  const order = [...x.shape.map((_, i) => i).filter((i) => i !== own && i !== x.rank - 1), own, x.rank - 1];
  const along = transpose(x, order);
  const [isInverse, isOneSided] = [attributes.int('inverse', 0) === 1, attributes.int('onesided', 0) === 1];
  const isReal = isInverse && isOneSided;
  const size = length ?? (isReal ? 2 * (x.shape[own]! - 1) : x.shape[own]!);
  if (size < 1) throw new Error(`a transform of ${size} values is not possible.`);
  const missing = (isReal ? Math.floor(size / 2) + 1 : size) - x.shape[own]!;
  checkListed([x.shape[own]! + missing, x.shape[own]! + missing]);
  const sized = pad(
    along,
    order.map(() => 0),
    order.map((_, i) => (i === x.rank - 2 ? missing : 0)),
  );
  const count = sized.shape.at(-2)!;
  const bins = isOneSided ? Math.floor(count / 2) + 1 : count;
  return transpose(
    isReal ? realInverse(sized, size) : fourier(sized, bins, isInverse),
    order.map((_, i) => order.indexOf(i)),
  );
}

/** Short-time Fourier transform: overlapping frames of [batch, length, 1 or 2]: [batch, frames, bins, 2]. */
function stft([signal, step, window, length]: readonly (Tensor | undefined)[], { attributes }: OperatorNode): Tensor {
  const x = signal!;
  const stride = integerOf(step!, 'frame_step');
  const size = length ? integerOf(length, 'frame_length') : window!.shape[0]!;
  if (stride < 1 || size < 1 || size > x.shape[1]!)
    throw new Error(`frames of ${size} samples every ${stride} do not fit into a signal of ${x.shape[1]}.`);
  const frames = Math.floor((x.shape[1]! - size) / stride) + 1;
  checkListed([x.shape[0]!, frames, size]);
  const places = Array.from({ length: frames * size }, (_, i) => Math.floor(i / size) * stride + (i % size));
  const framed = gather(x, integers(places, [frames, size]), 1);
  const weighed = window ? mul(framed, reshape(upload(window, x.backend), [-1, 1])) : framed;
  return fourier(weighed, attributes.int('onesided', 1) ? Math.floor(size / 2) + 1 : size, false);
}

/** Triangular filters evenly spaced on the mel scale: [bins, mels]. */
function melWeights(given: readonly (Tensor | undefined)[], dtype: DType): Tensor {
  const [mels, length, rate, low, high] = given.map((one, i) => numberOf(one!, `input ${i}`)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const bins = Math.floor(length / 2) + 1;
  checkListed([bins, mels]);
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(high) - mel(low)) / (mels + 2);
  const edges = Array.from({ length: mels + 2 }, (_, i) =>
    Math.floor(((length + 1) * 700 * (10 ** ((i * step + mel(low)) / 2595) - 1)) / rate),
  );
  const out = new Array<number>(bins * mels).fill(0);
  for (let m = 0; m < mels; m++) {
    const [start, center, end] = edges.slice(m, m + 3) as [number, number, number];
    if (center === start && center < bins) out[center * mels + m] = 1;
    else for (let i = start; i <= center && i < bins; i++) out[i * mels + m] = (i - start) / (center - start);
    for (let i = center; i < end && i < bins; i++) out[i * mels + m] = (end - i) / (end - center);
  }
  return tensor(out, { shape: [bins, mels], dtype, backend: js });
}

export const signalOperators: readonly OnnxOperator[] = [
  operator('HannWindow', 17, cosineWindow([0.5, 0.5]), { steering: [0] }),
  operator('HammingWindow', 17, cosineWindow([25 / 46, 21 / 46]), { steering: [0] }),
  operator('BlackmanWindow', 17, cosineWindow([0.42, 0.5, 0.08]), { steering: [0] }),
  operator(
    'DFT',
    17,
    ([x, length], node) => dft(x!, length && numberOf(length, 'dft_length'), node.attributes.int('axis', 1), node),
    {
      inputs: [1, 2],
      steering: [1],
    },
  ),
  operator(
    'DFT',
    20,
    ([x, length, axis], node) =>
      dft(x!, length && numberOf(length, 'dft_length'), axis ? numberOf(axis, 'axis') : -2, node),
    {
      inputs: [1, 3],
      steering: [1, 2],
    },
  ),
  operator('STFT', 17, stft, { inputs: [2, 4], steering: [1, 2, 3] }),
  operator(
    'MelWeightMatrix',
    17,
    (given, { attributes }) => melWeights(given, dtypeOf(attributes.int('output_datatype', 1)) ?? 'float32'),
    { inputs: 5, steering: [0, 1, 2, 3, 4] },
  ),
];
