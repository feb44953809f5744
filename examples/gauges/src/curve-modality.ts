import {
  type Batch,
  type Collate,
  type ExampleFile,
  fileOpener,
  type Labelled,
  perChannel,
  textCell,
  withTargets,
} from '@graft/data';
import type { OnnxFile } from '@graft/onnx';
import { configurable, type Context } from '@graft/plugin';
import type { Label } from '@graft/report';
import type { Feed, Modality, Network, Objective } from '@graft/tasks';
import { type Curve, curvePicture, noisy, parseCurve, resampled } from './curve.ts';
import { curveInput, type CurvePreprocessing, isCurvePreprocessing } from './curve-preprocessing.ts';
import { curveUsage } from './curve-usage.ts';

/** Options of {@link curveModality}. */
export interface CurveOptions {
  /** Time steps that curves are resampled to; default what the network says. */
  readonly length?: number;
  /** Mean and standard deviation of each channel; default what the network says, else 0 and 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Standard deviation of the noise that training adds, in units of `std`; default 0.05. */
  readonly noise?: number;
  /** The largest shift in time that training makes, as a fraction of the length; default 0.05. */
  readonly shift?: number;
  /** The column of a table that names files; default `path`. */
  readonly pathColumn?: string;
}

/** A curve as a caller has it: a file, or numbers. */
type CurveInput = ExampleFile | Curve;

/** Curves of one channel or more, in texts of numbers. */
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
    const furthest = preserves.extent ? 0 : shift; // what leaves at one end may be what the target depends on
    return {
      preprocessing,
      assumptions,
      file,
      inputs: { [curveInput(file).name]: { shape: [channels, length], dtype: 'float32' } },
      read: (input) => read(input, channels),
      training: (curve, random) =>
        noisy(resampled(curve, length, furthest * (2 * random.fork('shift').next() - 1)), deviations, random),
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
    inputOf: ({ file, fields }, examples) => file ?? examples.file(textCell(fields, pathColumn, 'pathColumn')),
    inputFrom(value) {
      if (typeof value === 'string') return context.use(fileOpener)(value);
      if (value instanceof Uint8Array) return { name: 'the curve', bytes: async () => value };
      if (Array.isArray(value) || value instanceof Float32Array)
        return { values: Float32Array.from(value as ArrayLike<number>), channels: 1, steps: value.length };
      if (typeof value === 'object' && value !== null) {
        if ('bytes' in value || ('values' in value && 'steps' in value)) return value as CurveInput;
        if ('arrayBuffer' in value) return fromBlob(value as BlobLike);
      }
      throw new Error('This is not a curve. Give a path, the bytes of a file, a Blob or a list of numbers.');
    },
    nameOf: (input) => ('name' in input ? input.name : `${input.steps} numbers`),
    async feed({ file }: Network, objective) {
      const { preprocessing, assumed } = preprocessingOf(file, options);
      const assumptions = assumed
        ? [
            `Nothing says how "${file.name}" normalises its curves, so they are fed as they are. Give mean and std if the network was trained with others.`,
          ]
        : [];
      return feedWith(file, preprocessing, assumptions, objective);
    },
    async restore(preprocessing, { file }, objective) {
      if (!isCurvePreprocessing(preprocessing))
        throw new Error('does not say under "preprocessing" how curves are fed to the model');
      return feedWith(file, preprocessing, [], objective);
    },
    usage: (preprocessing, _, print) => curveUsage(preprocessing as CurvePreprocessing, print),
  };
}

/** Curves as a modality that configurations name. */
export const curveType = configurable(
  'curve',
  (options: CurveOptions, context?: Context) => {
    if (!context) throw new Error('The modality "curve" is made for an app: modality.create(options, app).');
    return curveModality(options, context) as Modality;
  },
  ['length', 'mean', 'std', 'noise', 'shift', 'pathColumn'],
);

async function read(input: CurveInput, channels: number): Promise<Curve> {
  if ('bytes' in input) return parseCurve(new TextDecoder('utf-8').decode(await input.bytes()), input.name, channels);
  if (input.channels !== channels || input.steps < 2 || !input.values.every(Number.isFinite))
    throw new Error(
      `This curve has ${input.channels} channels and ${input.steps} steps, and the network takes finite numbers in ${channels} channels, two steps or more.`,
    );
  return input;
}

/** Batches of curves [batch, channels, length], normalised, with the class of each or its numbers to predict. */
function curveBatch({ channels, length, mean, std }: CurvePreprocessing): Feed<CurveInput, Curve>['collate'] {
  const classes: Collate<Labelled<Curve>, Batch> = (samples, indices) => {
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
  const targets = withTargets(classes);
  return (samples, indices) =>
    typeof samples[0]!.label === 'number'
      ? classes(samples as readonly Labelled<Curve>[], indices)
      : targets(samples as readonly Labelled<Curve, Label>[], indices);
}

/** What the caller says, else what was written into the file at export, else what the input's shape says. */
function preprocessingOf(
  file: OnnxFile,
  { length: wanted, mean, std }: CurveOptions,
): { readonly preprocessing: CurvePreprocessing; readonly assumed: boolean } {
  const { channels, length: fixed } = curveInput(file);
  const known = written(file);
  const length = wanted ?? fixed ?? known?.length;
  if (length === undefined || !Number.isInteger(length) || length < 1)
    throw new Error(
      `"${file.name}" takes curves of any length. Give the modality a length, such as { "name": "curve", "length": 128 }.`,
    );
  if (fixed !== undefined && length !== fixed)
    throw new Error(`"${file.name}" takes curves of ${fixed} steps, and length is ${length}. Leave length out.`);
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

function written({ metadata }: OnnxFile): CurvePreprocessing | undefined {
  try {
    const value: unknown = JSON.parse(metadata.get('preprocessing') ?? 'null');
    return isCurvePreprocessing(value) ? value : undefined;
  } catch {
    return undefined; // another tool's text under the same key
  }
}

interface BlobLike {
  readonly name?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}
const fromBlob = (blob: BlobLike): ExampleFile => ({
  name: blob.name ?? 'the curve',
  bytes: async () => new Uint8Array(await blob.arrayBuffer()),
});
