import { type Random, type Shape, showShape, sizeOf } from '@graft/tensor';

/** Fills a parameter with initial values. */
export type Initializer = (shape: Shape, random: Random) => Float32Array;
type Fan = 'fanIn' | 'fanOut';

/** Fan-in and fan-out of weights: [out, in, ...kernel]. */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const kernel = sizeOf(shape.slice(2));
  return { fanIn: (shape[1] ?? 1) * kernel, fanOut: (shape[0] ?? 1) * kernel };
}

const fill = (shape: Shape, draw: () => number): Float32Array => Float32Array.from({ length: sizeOf(shape) }, draw);

/** A constant. */
export const constant =
  (value: number): Initializer =>
  (shape) =>
    fill(shape, () => value);
/** Uniform distribution. */
export const uniform =
  (low: number, high: number): Initializer =>
  (shape, random) =>
    fill(shape, () => random.range(low, high));
/** Normal distribution. */
export const normal =
  (deviation = 1, mean = 0): Initializer =>
  (shape, random) =>
    fill(shape, () => mean + deviation * random.normal());
/** Normal distribution truncated at two standard deviations; `deviation` is that of the untruncated distribution, as in PyTorch. */
export const truncatedNormal =
  (deviation = 1, mean = 0): Initializer =>
  (shape, random) =>
    fill(shape, () => {
      let z = random.normal();
      while (Math.abs(z) > 2) z = random.normal();
      return mean + deviation * z;
    });

/** Normal or uniform, with a variance that depends on the shape. */
const normalOf =
  (variance: (shape: Shape) => number): Initializer =>
  (shape, random) =>
    normal(Math.sqrt(variance(shape)))(shape, random);
const uniformOf =
  (variance: (shape: Shape) => number): Initializer =>
  (shape, random) => {
    const bound = Math.sqrt(3 * variance(shape));
    return uniform(-bound, bound)(shape, random);
  };
const glorot =
  (gain: number) =>
  (shape: Shape): number =>
    (2 * gain ** 2) / (fans(shape).fanIn + fans(shape).fanOut);
const he =
  (fan: Fan) =>
  (shape: Shape): number =>
    2 / fans(shape)[fan];
const lecun = (shape: Shape): number => 1 / fans(shape).fanIn;

/** ±gain · √(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export const glorotUniform = (gain = 1): Initializer => uniformOf(glorot(gain));
/** Standard deviation gain · √(2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export const glorotNormal = (gain = 1): Initializer => normalOf(glorot(gain));
/** ±√(6 / fan): keeps the size of activations through ReLUs (He et al. 2015). */
export const heUniform = (fan: Fan = 'fanIn'): Initializer => uniformOf(he(fan));
/** Standard deviation √(2 / fan): keeps the size of activations through ReLUs (He et al. 2015). */
export const heNormal = (fan: Fan = 'fanIn'): Initializer => normalOf(he(fan));
/** ±√(3 / fanIn) (LeCun et al. 1998): for SELU. */
export const lecunUniform = (): Initializer => uniformOf(lecun);
/** Standard deviation 1 / √fanIn (LeCun et al. 1998): for SELU. */
export const lecunNormal = (): Initializer => normalOf(lecun);
/** ±1 / √fanIn: PyTorch's default for Linear and Conv2d. */
export const torchUniform = (fanIn: number): Initializer => uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));

/**
 * Orthogonal rows (or columns, if there are fewer) of length `gain`, with [out, ...] viewed as a matrix (Saxe et al. 2014).
 * @throws if there are fewer than two dimensions
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (shape, random) => {
    if (shape.length < 2) throw new Error(`orthogonal expects at least 2 dimensions, got ${showShape(shape)}.`);
    const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))];
    const [count, size] = [Math.min(rows, columns), Math.max(rows, columns)];
    const basis: Float64Array[] = [];
    for (let i = 0; i < count; i++) {
      const vector = Float64Array.from({ length: size }, () => random.normal());
      // Orthogonalising twice reaches full precision (Giraud et al. 2005).
      for (let pass = 0; pass < 2; pass++)
        for (const other of basis) {
          const along = dot(vector, other);
          for (let k = 0; k < size; k++) vector[k]! -= along * other[k]!;
        }
      const length = Math.sqrt(dot(vector, vector));
      basis.push(vector.map((value) => value / length));
    }
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return gain * (rows <= columns ? basis[row]![column]! : basis[column]![row]!);
    });
  };
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/**
 * An identity convolution, for as many channels as there are: 1 in the centre of filter i for channel i (Zagoruyko and Komodakis 2017).
 * @throws if the shape is not [out, in, ...kernel], or out is not divisible by groups
 */
export const dirac =
  (groups = 1): Initializer =>
  (shape) => {
    const [out, inputs] = shape as [number, number];
    if (shape.length < 3 || out % groups)
      throw new Error(
        `dirac with ${groups} groups expects [out, in, ...kernel] with out divisible by groups, got ${showShape(shape)}.`,
      );
    const kernel = shape.slice(2);
    const middle = kernel.reduce((at, dim) => at * dim + Math.floor(dim / 2), 0);
    const each = out / groups;
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < out; i++)
      if (i % each < inputs) values[(i * inputs + (i % each)) * sizeOf(kernel) + middle] = 1;
    return values;
  };

/**
 * Log of the class frequencies, to initialise a head's bias so the first epochs are not spent on learning them (Lin et al. 2017, 4.1).
 * @param counts how often each class occurs (one is added to each, so a class without samples is finite), or class frequencies that sum to 1.
 * @throws if a count is negative, a frequency is 0, or their number differs from that of the classes
 */
export const classPriors = (counts: readonly number[]): Initializer => {
  if (!Array.isArray(counts) || !counts.length)
    throw new Error('classPriors expects a count for each class, got none.');
  const total = counts.reduce((a, b) => a + b, 0);
  const shares = Math.abs(total - 1) < 1e-6 && !counts.every(Number.isInteger);
  const wrong = counts.findIndex((count) => !(count >= 0) || (shares && count === 0));
  if (wrong >= 0)
    throw new Error(
      `classPriors expects non-negative counts or positive frequencies, got ${counts[wrong]} for class ${wrong}.`,
    );
  const logs = Float32Array.from(counts, (count) =>
    Math.log(shares ? count / total : (count + 1) / (total + counts.length)),
  );
  return (shape) => {
    if (sizeOf(shape) !== counts.length)
      throw new Error(
        `The head has ${sizeOf(shape)} classes, but ${counts.length} class counts were given. Give one for each class.`,
      );
    return logs.slice();
  };
};
