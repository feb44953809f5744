import type { ReadingOptions, TransformConfig } from '@graft/data';
import { didYouMean, GraftError, showJson } from '@graft/plugin';
import { isName } from '@graft/tasks';
import {
  type Check,
  either,
  flag,
  integer,
  isNumberAbove,
  isObject,
  list,
  mapping,
  oneOf,
  positive,
  text,
} from './check.ts';

/** The name of a plugin's contribution, or an object with its name and options: `'cosine'`, `{ name: 'sgd', momentum: 0.9 }`. */
export type Configured = TransformConfig;

/** All settings of a run as plain JSON, which is stored in its folder. */
export interface RunOptions extends ReadingOptions {
  /** A zoo model's name, a path or a URL. */
  readonly model: string;
  /** Path or URL of pretrained weights, if the model is an architecture: `.pth`, `.pt`, `.bin` or `.safetensors`. */
  readonly weights?: string;
  /** Path of the examples: a folder with one folder per class, a table, or tar shards. */
  readonly data: string;
  /** Path of examples for validation; default the validation part of the data, or a fraction of it. */
  readonly validationData?: string;
  /** Path of examples for a test after training; default the test part of the data, if there is one. */
  readonly testData?: string;
  /** Share of held-out examples that may be refused as unknown: the finished model then refuses inputs that are unlike the data. Default: it refuses none. */
  readonly reject?: number;
  /** Path of examples that belong to no class, to measure how many are refused. */
  readonly unknownData?: string;
  /** Prediction task; default `classification`. */
  readonly task?: Configured;
  /** Kind of examples, such as `image` or `text`. Default: the modality that fits the network and the data. */
  readonly modality?: Configured;
  /** Table columns with the targets. */
  readonly targets?: readonly string[];
  /** The value of the graph that the new head is attached to; default the one that the network's last layer reads. */
  readonly cut?: string;
  /** The output of the network whose layers are used; default the one that depends on the most weights. */
  readonly output?: string;
  /** How token vectors are pooled into one vector: `mean` without padding, or the `first` one; default `first` behind a class token, otherwise `mean`. */
  readonly pool?: 'mean' | 'first';
  /** Height and width of the input, in pixels; one number for a square. */
  readonly size?: number | { readonly height: number; readonly width: number };
  /** Mean and standard deviation of each channel, on a scale of 0 to `range`. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** The value of white before the mean is subtracted: 1, or 255 for networks that take pixels as they are. */
  readonly range?: 1 | 255;
  /** The order of an image's channels. */
  readonly order?: 'rgb' | 'bgr';
  /** How an image gets the size of the input: its centre is cropped, the whole image is scaled whatever its proportions, or scaled in proportion and padded. Default: as the network was trained. */
  readonly resize?: 'crop' | 'squash' | 'pad';
  /** Values of inputs of the network besides its images, by name: one for all elements, or a list. */
  readonly inputs?: Readonly<Record<string, number | boolean | readonly number[]>>;
  /** Whether to rewrite a quantised network in floats, so all of its layers can be trained; the exported model is float, too. */
  readonly dequantize?: boolean;
  /**
   * How the head is trained: `lbfgs` fits a linear head to convergence, with a penalty that a cross-validation chooses; `epochs` trains it in epochs with the optimizer.
   * `auto` is `lbfgs` if the head and the task allow it. Default: `epochs` if an option is about them, such as another head, loss or optimizer, otherwise `auto`.
   */
  readonly solver: 'auto' | 'lbfgs' | 'epochs';
  /**
   * What is done about classes of uneven size: `weights` weights them equally in the loss; `sampling` also draws examples of all classes equally often while the backbone is
   * trained; `auto` uses weights if the largest class has at least three times the examples of the smallest. Default `auto`.
   */
  readonly balance: 'auto' | 'weights' | 'sampling' | 'none';
  readonly epochs: number;
  readonly batch: number;
  /** Learning rate of the head; an unfrozen backbone uses a tenth of it. */
  readonly learningRate: number;
  /** Number of the backbone's layer groups to train, counted from the last one. */
  readonly unfreeze: number | 'all';
  /**
   * Running statistics of batch norms while the backbone is trained: `frozen` keeps and uses those of pretraining, `train` replaces them by those of the batches.
   * Default: `frozen` if the network has pretrained weights.
   */
  readonly batchNorm?: 'frozen' | 'train';
  /** Views of each example that the head is trained on: the example itself, and augmented ones. */
  readonly views: number;
  /** Folder that caches backbone features for later runs. */
  readonly features?: string;
  /** Fraction of examples held out for validation if the data has no validation part; 0 trains on all of them, and keeps the weights of the last epoch. */
  readonly validation: number;
  /** Number of folds of a cross-validation before the run itself. */
  readonly folds?: number;
  readonly seed: number;
  /** Whether an example that cannot be read ends the run; by default it is left out. */
  readonly strict?: boolean;
  readonly backend: string;
  /** Which weights each phase keeps: those of its best epoch on the validation set, or of its last; default `best`, or `last` if no examples are held out. */
  readonly keep?: 'best' | 'last';
  /** Steps and seconds between checkpoints within an epoch. There is always one at the end of each epoch. */
  readonly checkpointSteps?: number;
  readonly checkpointSeconds?: number;
  /** Whether to write TensorBoard event files. */
  readonly tensorboard?: boolean;
  /** Whether to show the run on a local web page, or the port to use. */
  readonly dashboard?: boolean | number;
  /** Default: AdamW with a short warm-up, cosine decay and gradient clipping. */
  readonly optimizer?: Configured;
  /** Learning rate schedule, starting from `learningRate`. */
  readonly schedule?: Configured;
  readonly loss?: Configured;
  readonly head?: Configured;
  /** Initializer of the new head's weights, such as `orthogonal`; default each layer's own. */
  readonly initializer?: Configured;
  /** Metrics in addition to those of the task. */
  readonly metrics?: readonly Configured[];
  /** Augmentation that replaces the preset's; the result is resized to the network's input. */
  readonly transforms?: readonly Configured[];
  readonly callbacks?: readonly Configured[];
  /** Batch augmentation while the backbone is trained: `mixup`, `cutmix`. */
  readonly prepare?: Configured;
  /** Package names or file paths of plugins. Only plugins that the user names are loaded, never those named in a run folder. */
  readonly plugins?: readonly string[];
}

/** A value in messages. */
const short = (value: unknown): string => showJson(value, 60);

/** Default values of options. */
export const defaultOptions = {
  epochs: 20,
  batch: 16,
  learningRate: 1e-2,
  unfreeze: 0,
  views: 4,
  validation: 0.2,
  balance: 'auto',
  seed: 0,
  backend: 'wasm',
} as const satisfies Partial<RunOptions>;

/** Options that train another head, or in another way than {@link RunOptions.solver} `lbfgs` can. */
const withEpochs = ['loss', 'initializer'] as const satisfies readonly (keyof RunOptions)[];
/** Options of epochs. With an unfrozen backbone they are about its training. */
const ofEpochs = [
  'epochs',
  'learningRate',
  'optimizer',
  'schedule',
  'callbacks',
  'keep',
  'checkpointSteps',
  'checkpointSeconds',
  'tensorboard',
] as const satisfies readonly (keyof RunOptions)[];

/** Fills in the defaults of options. */
export function withDefaults<Given extends Partial<RunOptions>>(
  given: Given,
): Given & typeof defaultOptions & Pick<RunOptions, 'solver'> {
  const isGiven = (name: keyof RunOptions): boolean => given[name] !== undefined;
  const { unfreeze = defaultOptions.unfreeze, head } = given;
  const otherHead = head !== undefined && (typeof head === 'string' ? head : head.name) !== 'linear';
  const needsEpochs = otherHead || withEpochs.some(isGiven) || (unfreeze === 0 && ofEpochs.some(isGiven));
  return { ...defaultOptions, solver: needsEpochs ? 'epochs' : 'auto', ...given };
}

const numbers = (above: number): Check => ({
  expected: `a list of one number, or of one for each channel${above === 0 ? ', above 0' : ''}`,
  fits: (value) =>
    Array.isArray(value) && value.length >= 1 && value.length <= 64 && value.every((one) => isNumberAbove(one, above)),
});
const isSize = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 2 &&
  integer(1).fits((value as { height?: unknown }).height) &&
  integer(1).fits((value as { width?: unknown }).width);
/** Whether a value is a {@link Configured}: a name, or an object with a `name`. */
export const isConfigured = (value: unknown): value is Configured =>
  (typeof value === 'string' && isName(value)) ||
  (typeof value === 'object' && value !== null && typeof (value as { name?: unknown }).name === 'string');
const configured: Check = { expected: 'a name, or an object with a "name" and options', fits: isConfigured };
const configuredList = list('a list of names, or of objects with a "name" and options', configured);
const checks: Readonly<Record<keyof RunOptions, Check>> = {
  model: text,
  weights: text,
  data: text,
  validationData: text,
  testData: text,
  reject: {
    expected: 'a fraction from 0 to below 1',
    fits: (value) => isNumberAbove(value, -Number.MIN_VALUE) && (value as number) < 1,
  },
  unknownData: text,
  task: configured,
  modality: configured,
  targets: list('a list of column names', text, 1),
  followLinks: flag,
  pathColumn: text,
  pathRoot: text,
  textColumn: text,
  labelSeparator: {
    expected: 'one to eight characters',
    fits: (value) => typeof value === 'string' && value.length >= 1 && value.length <= 8,
  },
  cut: text,
  output: text,
  pool: oneOf('mean', 'first'),
  size: {
    expected: 'an integer of 1 or more, or { height, width }',
    fits: (value) => integer(1).fits(value) || isSize(value),
  },
  mean: numbers(-Infinity),
  std: numbers(0),
  range: { expected: '1 or 255', fits: (value) => value === 1 || value === 255 },
  order: { expected: '"rgb" or "bgr"', fits: (value) => value === 'rgb' || value === 'bgr' },
  resize: oneOf('crop', 'squash', 'pad'),
  inputs: mapping('an object of numbers, true, false or lists of numbers, by input', {
    expected: 'a number, true, false or a list of numbers',
    fits: (value) =>
      typeof value === 'boolean' || Number.isFinite(value) || (Array.isArray(value) && value.every(Number.isFinite)),
  }),
  dequantize: flag,
  solver: oneOf('auto', 'lbfgs', 'epochs'),
  balance: oneOf('auto', 'weights', 'sampling', 'none'),
  epochs: integer(1),
  batch: integer(1),
  learningRate: positive,
  unfreeze: either(integer(0), oneOf('all')),
  batchNorm: oneOf('frozen', 'train'),
  views: integer(1),
  features: text,
  validation: {
    expected: '0, or a fraction below 1',
    fits: (value) => value === 0 || (isNumberAbove(value, 0) && (value as number) < 1),
  },
  folds: integer(2),
  seed: integer(0),
  strict: flag,
  backend: text,
  keep: oneOf('best', 'last'),
  checkpointSteps: integer(1),
  checkpointSeconds: positive,
  tensorboard: flag,
  dashboard: {
    expected: 'true, false or a port from 0 to 65535',
    fits: (value) => typeof value === 'boolean' || (integer(0).fits(value) && (value as number) <= 65_535),
  },
  optimizer: configured,
  schedule: configured,
  loss: configured,
  initializer: configured,
  head: configured,
  metrics: configuredList,
  transforms: configuredList,
  callbacks: configuredList,
  prepare: configured,
  plugins: list('a list of package names or paths', text),
};

/**
 * Validates options from a file or a call.
 * @param where what error messages call their source
 * @throws if an option is unknown (the error suggests the nearest one), or a value is invalid or not plain JSON
 */
export function parseRunOptions(value: unknown, where: string): Partial<RunOptions> {
  const refuse = (message: string): never => {
    throw new GraftError(message, { code: 'options.value', place: where });
  };
  if (!isObject(value))
    return refuse(`${where} expects an object of options, such as { "model": "mobilenet.onnx", "data": "photos" }.`);
  for (const [name, option] of Object.entries(value)) {
    const known = Object.keys(checks);
    if (!Object.hasOwn(checks, name))
      refuse(
        `${where} has no option ${short(name)}.${didYouMean(name.slice(0, 60), known)} The options are: ${known.join(', ')}.`,
      );
    const { expected, fits } = checks[name as keyof RunOptions];
    if (option !== undefined && !fits(option))
      refuse(`${where} expects "${name}" to be ${expected}, got ${short(option)}.`);
    checkJson(option, `${where} expects "${name}"`, refuse);
  }
  return value as Partial<RunOptions>;
}

/** Rejects values that JSON would lose or change, because a resumed run reads its options from a file. */
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
      `${place} to be plain JSON, because runs are resumed from it, but it contains ${isPlain ? 'too many levels' : short(value)}. Use a registered name with options instead.`,
    );
  for (const one of Object.values(value as object)) checkJson(one, place, refuse, depth + 1);
}
