import type { TransformConfig } from '@graft/data';
import { didYouMean } from '@graft/plugin';
import { isClassName } from '../class-name.ts';
import { type TaskName, taskNames } from '../task/task.ts';

/** Something that a plugin registered, by its name, or by its name with options: `'cosine'`, `{ name: 'sgd', momentum: 0.9 }`. */
export type Configured = TransformConfig;

/** All that decides what a run learns. Plain JSON, so that a run folder can hold it. */
export interface RunOptions {
  readonly model: string;
  readonly data: string;
  /** What is asked of an image: its class, unless told. */
  readonly task?: TaskName;
  /** Columns of a table that say so. */
  readonly targets?: readonly string[];
  readonly cut?: string;
  readonly size?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** How many of the backbone's layer groups learn, from the last one. */
  readonly unfreeze: number | 'all';
  readonly views: number;
  /** Where features are kept from run to run. */
  readonly features?: string;
  readonly validation: number;
  /** Parts of a cross-validation that comes before. */
  readonly folds?: number;
  readonly seed: number;
  readonly strict?: boolean;
  readonly backend: string;
  /** Steps and seconds between checkpoints within an epoch; there is one at each epoch's end. */
  readonly checkpointSteps?: number;
  readonly checkpointSeconds?: number;
  /** Whether the run writes TensorBoard's event files. */
  readonly tensorboard?: boolean;
  /** Whether a page on this machine shows the run as it goes, or at which port. */
  readonly dashboard?: boolean | number;
  /** Default AdamW with a short warm-up and half a cosine, gradients clipped. */
  readonly optimizer?: Configured;
  /** Of the optimizer's learning rate, which starts from `learningRate`. */
  readonly schedule?: Configured;
  readonly loss?: Configured;
  readonly head?: Configured;
  /** In place of the preset's changes to training images; what comes out is resized to the network's input. */
  readonly transforms?: readonly Configured[];
  readonly callbacks?: readonly Configured[];
  /** What a batch of images goes through before the unfrozen backbone learns from it: `mixup`, `cutmix`. */
  readonly prepare?: Configured;
  /** Packages and files that bring what the options name. They are loaded because the user gave them: a run folder's are only told. */
  readonly plugins?: readonly string[];
}

export const defaultOptions = {
  epochs: 20,
  batch: 16,
  learningRate: 1e-2,
  unfreeze: 0,
  views: 4,
  validation: 0.2,
  seed: 0,
  backend: 'wasm',
} as const satisfies Partial<RunOptions>;

interface Check {
  readonly want: string;
  readonly fits: (value: unknown) => boolean;
}

const text: Check = { want: 'a text', fits: (value) => typeof value === 'string' && isClassName(value) };
const flag: Check = { want: 'true or false', fits: (value) => typeof value === 'boolean' };
const whole = (least: number): Check => ({
  want: `a whole number of ${least} or more`,
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});
const isNumber = (value: unknown, above: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value > above;
const positive: Check = { want: 'a number above 0', fits: (value) => isNumber(value, 0) };
const numbers = (above: number): Check => ({
  want: `a list of one number or three${above === 0 ? ', above 0' : ''}`,
  fits: (value) =>
    Array.isArray(value) && (value.length === 1 || value.length === 3) && value.every((one) => isNumber(one, above)),
});
export const isConfigured = (value: unknown): value is Configured =>
  typeof value === 'string' ||
  (typeof value === 'object' && value !== null && typeof (value as { name?: unknown }).name === 'string');
const configured: Check = { want: 'a name, or an object with a "name" and options', fits: isConfigured };
const list: Check = {
  want: 'a list of names, or of objects with a "name" and options',
  fits: (value) => Array.isArray(value) && value.every(isConfigured),
};

const checks: Readonly<Record<keyof RunOptions, Check>> = {
  model: text,
  data: text,
  task: {
    want: taskNames.map((name) => `"${name}"`).join(', '),
    fits: (value) => taskNames.includes(value as TaskName),
  },
  targets: {
    want: 'a list of column names',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => text.fits(one)),
  },
  cut: text,
  size: whole(1),
  mean: numbers(-Infinity),
  std: numbers(0),
  epochs: whole(1),
  batch: whole(1),
  learningRate: positive,
  unfreeze: { want: 'a whole number of 0 or more, or "all"', fits: (value) => value === 'all' || whole(0).fits(value) },
  views: whole(1),
  features: text,
  validation: { want: 'a share between 0 and 1', fits: (value) => isNumber(value, 0) && (value as number) < 1 },
  folds: whole(2),
  seed: whole(0),
  strict: flag,
  backend: { want: '"wasm" or "js"', fits: (value) => value === 'wasm' || value === 'js' },
  checkpointSteps: whole(1),
  checkpointSeconds: positive,
  tensorboard: flag,
  dashboard: {
    want: 'true, false or a port from 0 to 65535',
    fits: (value) => typeof value === 'boolean' || (whole(0).fits(value) && (value as number) <= 65_535),
  },
  optimizer: configured,
  schedule: configured,
  loss: configured,
  head: configured,
  transforms: list,
  callbacks: list,
  prepare: configured,
  plugins: {
    want: 'a list of package names or paths',
    fits: (value) => Array.isArray(value) && value.every((one) => text.fits(one)),
  },
};

/**
 * Options from a file, whoever wrote it.
 * @param where what messages call the file
 * @throws where a name is unknown, with the nearest there is, or a value is not what its option takes or is no JSON
 */
export function parseRunOptions(value: unknown, where: string): Partial<RunOptions> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(
      `${where} does not hold an object of options. Take one such as { "model": "mobilenet.onnx", "data": "photos" }.`,
    );
  for (const [name, option] of Object.entries(value)) {
    const known = Object.keys(checks);
    if (!Object.hasOwn(checks, name))
      throw new Error(
        `${where} has no option "${name.slice(0, 60)}".${didYouMean(name.slice(0, 60), known)} It takes: ${known.join(', ')}.`,
      );
    const { want, fits } = checks[name as keyof RunOptions];
    if (option !== undefined && !fits(option))
      throw new Error(`${where} wants "${name}" to be ${want}, got ${shortened(option)}.`);
    checkJson(option, `${where} wants "${name}"`);
  }
  return value as Partial<RunOptions>;
}

/** What is written as JSON has to mean the same when it is read again. */
function checkJson(value: unknown, place: string, depth = 0): void {
  if (
    value === undefined ||
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
    return;
  const isPlain =
    Array.isArray(value) ||
    (typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null));
  if (!isPlain || depth > 16)
    throw new Error(
      `${place} to be plain JSON, so that the run can be resumed, and it holds ${isPlain ? 'too many levels' : shortened(value)}. Name what you want and give its options.`,
    );
  for (const one of Object.values(value as object)) checkJson(one, place, depth + 1);
}

function shortened(value: unknown): string {
  const name =
    typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint'
      ? `a ${typeof value}`
      : typeof value === 'number'
        ? String(value)
        : (JSON.stringify(value) ?? String(value));
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
