import {
  type Batch,
  type Collate,
  type ExampleFile,
  exampleFileOf,
  fileOpener,
  type Labelled,
  perChannel,
  textCell,
  withLabels,
} from '@graft/data';
import type { OnnxFile } from '@graft/onnx';
import { configurable, type Context } from '@graft/plugin';
import type { Feed, Modality, Network, Objective } from '@graft/tasks';
import { type Curve, curvePicture, noisy, parseCurve, resampled } from './curve.ts';
import { curveInput, type CurvePreprocessing, isCurvePreprocessing } from './curve-preprocessing.ts';
import { curveUsage } from './curve-usage.ts';

/** Options of {@link curveModality}. */
export interface CurveOptions {
  /** Number of time steps that curves are resampled to. Default: from the network. */
  readonly length?: number;
  /** Mean and standard deviation of each channel. Default: from the network if it has them, otherwise 0 and 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Standard deviation of the noise that training adds, in units of `std`; default 0.05. */
  readonly noise?: number;
  /** Maximum random shift in time during training, as a fraction of the length; default 0.05. */
  readonly shift?: number;
  /** Table column with file paths; default `path`. */
  readonly pathColumn?: string;
}

type CurveInput = ExampleFile | Curve;

/** The modality for curves with one or more channels, in text files of numbers. */
export function curveModality(options: CurveOptions, context: Context): Modality<CurveInput, Curve> {
  const { pathColumn = 'path', noise = 0.05, shift = 0.05 } = options;
  for (const [name, value] of Object.entries({ noise, shift }))
    if (!(value >= 0 && value <= 1)) throw new Error(`curve expects ${name} from 0 to 1, got ${value}.`);
  const feedWith = (
    file: OnnxFile,
    preprocessing: CurvePreprocessing,
    assumptions: readonly string[],
    { preserves }: Objective,
  ): Feed<CurveInput, Curve> => {
    const { channels, length, std } = preprocessing;
    const deviations = std.map((one) => noise * one);
    const maxShift = preserves.extent ? 0 : shift; // the target may depend on values that a shift would remove
    return {
      preprocessing,
      assumptions,
      file,
      inputs: { [curveInput(file).name]: { shape: [channels, length], dtype: 'float32' } },
      read: (input) => read(input, channels),
      training: (curve, random) =>
        noisy(resampled(curve, length, maxShift * (2 * random.fork('shift').next() - 1)), deviations, random),
      evaluation: (curve) => resampled(curve, length),
      collate: curveBatch(preprocessing),
      bytesOf: ({ values }) => values.byteLength,
      show: async (input) => ({
        picture: { bytes: curvePicture(resampled(await read(input, channels), length)), type: 'image/svg+xml' },
      }),
    };
  };
  return {
    name: 'curve',
    noun: ['curve', 'curves'],
    extensions: ['.curve'],
    inputOf: ({ file, fields }, examples) =>
      file ?? examples.file(textCell(fields, examples.reading?.pathColumn ?? pathColumn, 'pathColumn')),
    inputFrom(value) {
      if (typeof value === 'string') return context.use(fileOpener)(value);
      const file = exampleFileOf(value, 'the curve');
      if (file) return file;
      if (Array.isArray(value) || value instanceof Float32Array)
        return { values: Float32Array.from(value as ArrayLike<number>), channels: 1, steps: value.length };
      if (typeof value === 'object' && value !== null && 'values' in value && 'steps' in value) return value as Curve;
      throw new Error('Expected a curve. Pass a path, the bytes of a file, a Blob or a list of numbers.');
    },
    nameOf: (input) => ('name' in input ? input.name : `${input.steps} numbers`),
    async feed({ file }: Network, objective) {
      const { preprocessing, assumed } = preprocessingOf(file, options);
      const assumptions = assumed
        ? [
            `"${file.name}" does not specify a normalization, so curves are not normalised. Set the options mean and std if the network was trained with normalised curves.`,
          ]
        : [];
      return feedWith(file, preprocessing, assumptions, objective);
    },
    async restore(preprocessing, { file }, objective) {
      if (!isCurvePreprocessing(preprocessing)) throw new Error('has no valid curve settings under "preprocessing"');
      return feedWith(file, preprocessing, [], objective);
    },
    usage: (preprocessing, _, print) => curveUsage(preprocessing as CurvePreprocessing, print),
  };
}

/** The modality by name: `{ name: 'curve', noise: 0.1 }`. */
export const curveType = configurable(
  'curve',
  (options: CurveOptions, context?: Context) => {
    if (!context) throw new Error('The modality "curve" needs an app. Create it with create(options, app).');
    return curveModality(options, context) as Modality;
  },
  { length: 'number', mean: 'numbers', std: 'numbers', noise: 'number', shift: 'number', pathColumn: 'string' },
);

async function read(input: CurveInput, channels: number): Promise<Curve> {
  if ('bytes' in input) return parseCurve(new TextDecoder('utf-8').decode(await input.bytes()), input.name, channels);
  if (input.channels !== channels || input.steps < 2 || !input.values.every(Number.isFinite))
    throw new Error(
      `This curve has ${input.channels} channels and ${input.steps} steps, but the network expects finite numbers in ${channels} channels and at least two steps.`,
    );
  return input;
}

/** Collates curves into normalised batches [batch, channels, length], with class or regression targets. */
function curveBatch({ channels, length, mean, std }: CurvePreprocessing): Feed<CurveInput, Curve>['collate'] {
  const collate: Collate<Labelled<Curve>, Batch> = (samples, indices) => {
    const inputs = new Float32Array(samples.length * channels * length);
    for (const [n, { input }] of samples.entries())
      for (const [i, value] of input.values.entries()) {
        const c = Math.floor(i / length);
        inputs[n * channels * length + i] = (value - mean[c]!) / std[c]!;
      }
    return {
      inputs,
      shape: [samples.length, channels, length],
      labels: Int32Array.from(samples, ({ label }) => label),
      indices,
    };
  };
  return withLabels(collate);
}

/** Preprocessing from the options, the file's metadata and its input shape, in this order of precedence. @throws if the length is unknown or does not fit the file */
function preprocessingOf(
  file: OnnxFile,
  { length: chosen, mean, std }: CurveOptions,
): { readonly preprocessing: CurvePreprocessing; readonly assumed: boolean } {
  const { channels, length: fixed } = curveInput(file);
  const known = storedPreprocessing(file);
  const length = chosen ?? fixed ?? known?.length;
  if (length === undefined || !Number.isInteger(length) || length < 1)
    throw new Error(
      `"${file.name}" accepts curves of any length. Set a length, such as { "name": "curve", "length": 128 }.`,
    );
  if (fixed !== undefined && length !== fixed)
    throw new Error(`"${file.name}" expects curves of ${fixed} steps, but length is ${length}. Omit length.`);
  const own = known?.channels === channels ? known : undefined;
  return {
    preprocessing: {
      channels,
      length,
      mean: perChannel(mean ?? own?.mean ?? [0], channels, 'mean'),
      std: perChannel(std ?? own?.std ?? [1], channels, 'std'),
    },
    assumed: !own && (mean === undefined || std === undefined),
  };
}

function storedPreprocessing({ metadata }: OnnxFile): CurvePreprocessing | undefined {
  try {
    const value: unknown = JSON.parse(metadata.get('preprocessing') ?? 'null');
    return isCurvePreprocessing(value) ? value : undefined;
  } catch {
    return undefined; // metadata of another tool under the same key
  }
}
