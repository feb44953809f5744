import type { TransformConfig } from '@graft/data';
import { didYouMean, GraftError } from '@graft/plugin';
import { isName } from '@graft/tasks';

/** Something that a plugin registered, by its name, or by its name with options: `'cosine'`, `{ name: 'sgd', momentum: 0.9 }`. */
export type Configured = TransformConfig;

/** Everything that decides what a run learns. Plain JSON, so a run folder can hold it. */
export interface RunOptions {
  /** A zoo model's name, a path or an address. */
  readonly model: string;
  /** Where the examples are: a folder with one folder per class, a table, tar shards. */
  readonly data: string;
  /** What is predicted; default `classification`. */
  readonly task?: Configured;
  /** What examples are; default the first modality that can feed the network. */
  readonly modality?: Configured;
  /** Columns of a table to learn. */
  readonly targets?: readonly string[];
  /** The value of the graph that the new head is put on; default the last pooling. */
  readonly cut?: string;
  /** How a sequence of token vectors becomes one vector: their mean without padding, or the first; default `mean`. */
  readonly pool?: 'mean' | 'first';
  /** Height and width of the input, in pixels. */
  readonly size?: number;
  /** Mean and standard deviation of each channel, on a scale of 0 to 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  /** Of the head; an unfrozen backbone learns at a tenth of it. */
  readonly learningRate: number;
  /** How many of the backbone's layer groups learn, counted from the last one. */
  readonly unfreeze: number | 'all';
  /** Augmented views of each example that the head is trained on. */
  readonly views: number;
  /** Where backbone features are cached from run to run: a folder. */
  readonly features?: string;
  /** The fraction of examples held out for validation. */
  readonly validation: number;
  /** Parts of a cross-validation before the run itself. */
  readonly folds?: number;
  readonly seed: number;
  /** Whether the first example that cannot be read ends the run, instead of being left out. */
  readonly strict?: boolean;
  readonly backend: string;
  /** Which weights each phase keeps: those of its best epoch by validation, or those of its last; default `best`. */
  readonly keep?: 'best' | 'last';
  /** Steps and seconds between checkpoints within an epoch; there is one at each epoch's end. */
  readonly checkpointSteps?: number;
  readonly checkpointSeconds?: number;
  /** Whether the run writes TensorBoard event files. */
  readonly tensorboard?: boolean;
  /** Whether a page on this machine shows the run, or at which port. */
  readonly dashboard?: boolean | number;
  /** Default AdamW with a short warm-up and half a cosine, gradients clipped. */
  readonly optimizer?: Configured;
  /** Of the optimizer's learning rate, which starts from `learningRate`. */
  readonly schedule?: Configured;
  readonly loss?: Configured;
  readonly head?: Configured;
  /** How the weights of the new head start, such as `orthogonal`; default each layer's own initializer. */
  readonly initializer?: Configured;
  /** More metrics, beside those of the task. */
  readonly metrics?: readonly Configured[];
  /** Augmentation in place of the preset's; the result is resized to the network's input. */
  readonly transforms?: readonly Configured[];
  readonly callbacks?: readonly Configured[];
  /** What a batch goes through before the unfrozen backbone learns from it: `mixup`, `cutmix`. */
  readonly prepare?: Configured;
  /** Packages and files of plugins. They are loaded because the user names them; those that a run folder names never are. */
  readonly plugins?: readonly string[];
}

/** What options have where nothing else is given. */
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
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}
const text: Check = { expected: 'a text', fits: (value) => typeof value === 'string' && isName(value) };
const flag: Check = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const whole = (least: number): Check => ({
  expected: `an integer of ${least} or more`,
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});
const isNumber = (value: unknown, above: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value > above;
const positive: Check = { expected: 'a number above 0', fits: (value) => isNumber(value, 0) };
const numbers = (above: number): Check => ({
  expected: `a list of one number or three${above === 0 ? ', above 0' : ''}`,
  fits: (value) =>
    Array.isArray(value) && (value.length === 1 || value.length === 3) && value.every((one) => isNumber(one, above)),
});
/** Whether a value from a file names something registered: a name, or an object with a `name`. */
export const isConfigured = (value: unknown): value is Configured =>
  (typeof value === 'string' && isName(value)) ||
  (typeof value === 'object' && value !== null && typeof (value as { name?: unknown }).name === 'string');
const configured: Check = { expected: 'a name, or an object with a "name" and options', fits: isConfigured };
const list: Check = {
  expected: 'a list of names, or of objects with a "name" and options',
  fits: (value) => Array.isArray(value) && value.every(isConfigured),
};
const checks: Readonly<Record<keyof RunOptions, Check>> = {
  model: text,
  data: text,
  task: configured,
  modality: configured,
  targets: {
    expected: 'a list of column names',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => text.fits(one)),
  },
  cut: text,
  pool: { expected: 'mean or first', fits: (value) => value === 'mean' || value === 'first' },
  size: whole(1),
  mean: numbers(-Infinity),
  std: numbers(0),
  epochs: whole(1),
  batch: whole(1),
  learningRate: positive,
  unfreeze: {
    expected: 'an integer of 0 or more, or "all"',
    fits: (value) => value === 'all' || whole(0).fits(value),
  },
  views: whole(1),
  features: text,
  validation: { expected: 'a fraction between 0 and 1', fits: (value) => isNumber(value, 0) && (value as number) < 1 },
  folds: whole(2),
  seed: whole(0),
  strict: flag,
  backend: text,
  keep: { expected: '"best" or "last"', fits: (value) => value === 'best' || value === 'last' },
  checkpointSteps: whole(1),
  checkpointSeconds: positive,
  tensorboard: flag,
  dashboard: {
    expected: 'true, false or a port from 0 to 65535',
    fits: (value) => typeof value === 'boolean' || (whole(0).fits(value) && (value as number) <= 65_535),
  },
  optimizer: configured,
  schedule: configured,
  loss: configured,
  initializer: configured,
  head: configured,
  metrics: list,
  transforms: list,
  callbacks: list,
  prepare: configured,
  plugins: {
    expected: 'a list of package names or paths',
    fits: (value) => Array.isArray(value) && value.every((one) => text.fits(one)),
  },
};

/**
 * Options from a file, whoever wrote it.
 * @param where what messages call the file
 * @throws where a name is unknown, with the nearest there is, or a value is not what its option takes or is not JSON
 */
export function parseRunOptions(value: unknown, where: string): Partial<RunOptions> {
  const refuse = (message: string): never => {
    throw new GraftError(message, { code: 'options.value', place: where });
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(
      `${where} does not hold an object of options. Give one such as { "model": "mobilenet.onnx", "data": "photos" }.`,
    );
  for (const [name, option] of Object.entries(value)) {
    const known = Object.keys(checks);
    if (!Object.hasOwn(checks, name))
      refuse(
        `${where} has no option "${name.slice(0, 60)}".${didYouMean(name.slice(0, 60), known)} The options are: ${known.join(', ')}.`,
      );
    const { expected, fits } = checks[name as keyof RunOptions];
    if (option !== undefined && !fits(option))
      refuse(`${where} expects "${name}" to be ${expected}, got ${shortened(option)}.`);
    checkJson(option, `${where} expects "${name}"`, refuse);
  }
  return value as Partial<RunOptions>;
}

/** What is written as JSON has to mean the same when it is read again. */
function checkJson(value: unknown, place: string, refuse: (message: string) => never, depth = 0): void {
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
    refuse(
      `${place} to be plain JSON, because runs are resumed from it, and it holds ${isPlain ? 'too many levels' : shortened(value)}. Name what you need and give its options.`,
    );
  for (const one of Object.values(value as object)) checkJson(one, place, refuse, depth + 1);
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
