import type { ReadingOptions } from '@graft/data';
import { GraftError } from '@graft/plugin';
import type { EpochLog } from '@graft/train';
import type { HeadFit } from '@graft/transfer';
import type { Baseline } from './baselines.ts';
import {
  anyObject,
  anyText,
  type Check,
  either,
  fields,
  finite,
  integer,
  isObject,
  list,
  mapping,
  misfit,
  oneOf,
  result,
  text,
} from './check.ts';
import type { CrossValidation } from './cross-validate.ts';
import type { RunWarning } from './run-event.ts';
import { isCompanion } from './file-names.ts';
import type { RejectionSummary } from './unknown-inputs.ts';
import { type WantedPlugin, wantedPluginList } from './wanted-plugins.ts';

/** The contents of `summary.json`: results and settings of a finished run. */
export interface Summary {
  readonly model: string;
  /** Prediction task; classification if missing. */
  readonly task?: string;
  /** Kind of examples; images if missing. */
  readonly modality?: string;
  /** Options of the task and the modality, if any were set. */
  readonly taskOptions?: object;
  readonly modalityOptions?: object;
  /** The class, label or column of each model output. */
  readonly classes: readonly string[];
  /** Target columns, if they were named. */
  readonly targets?: readonly string[];
  /** How tables are read, if options said it. */
  readonly reading?: ReadingOptions;
  /** Metrics on the held-out examples, if there were any. */
  readonly validation?: Readonly<Record<string, number>>;
  /** Metrics on the test examples, if there were any. */
  readonly test?: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly epochs: number;
  /** The epoch whose weights each phase kept, from 1. */
  readonly best?: Readonly<Record<string, number>>;
  /** Why phases ended before their last epoch. */
  readonly stopped?: Readonly<Record<string, string>>;
  /** How each phase ended, as sentences. */
  readonly outcome?: readonly string[];
  /** The phase whose weights the model has: `head`, if training the backbone did not improve the score. */
  readonly kept?: string;
  /** How the head was trained. */
  readonly solver?: string;
  readonly headFit?: HeadFit;
  /** Scores of simple methods on the held-out examples. */
  readonly baselines?: readonly Baseline[];
  /** Results of a cross-validation. */
  readonly folds?: CrossValidation;
  /** How the model refuses unknown inputs, if it does. */
  readonly rejection?: RejectionSummary;
  readonly validationAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly trainSeconds: number;
  readonly imagesPerSecond: number;
  readonly frozenTensors: number;
  readonly frozenTensorsChanged: number;
  /** Preprocessing of the inputs of `model.onnx`, as written by the modality. */
  readonly preprocessing: object;
  /** SHA-256 of the model's companion files, by name. */
  readonly companions?: Readonly<Record<string, string>>;
  /** SHA-256 of `model.onnx`. */
  readonly modelSha256?: string;
  /** Plugins that the run was trained with. */
  readonly plugins?: readonly WantedPlugin[];
  readonly warnings?: readonly RunWarning[];
  /** When the run ended, in ISO 8601. */
  readonly date?: string;
  readonly log?: readonly EpochLog[];
  readonly [more: string]: unknown;
}

/** A summary as read from a file: one of an earlier version may lack any field but the classes and the preprocessing. */
export type StoredSummary = Partial<Summary> & Pick<Summary, 'classes' | 'preprocessing'>;

const results = mapping('an object of numbers', result);
/** The log of a phase or a run. */
export const epochLogs: Check = list('a list of epochs with their numbers', results);
const count = integer(0);
/** How a head was fitted. */
export const headFit: Check = fields('how a head was fitted', {
  strength: result,
  folds: count,
  views: count,
  temperature: result,
  path: list('a list of strengths', results),
});
/** Scores of simple methods. */
export const baselineList: Check = list(
  'a list of methods with their scores',
  fields('a method', { name: anyText, score: result, loss: result }),
);

/** What is read of a summary. It may have other fields. */
const checks: Readonly<Record<string, Check>> = {
  model: anyText,
  task: text,
  modality: text,
  taskOptions: anyObject,
  modalityOptions: anyObject,
  classes: list('a list of names', text, 1),
  targets: list('a list of column names', text, 1),
  reading: {
    expected: 'an object of texts',
    fits: (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
  },
  validation: results,
  test: results,
  parameters: count,
  trainableParameters: count,
  epochs: count,
  best: mapping('an object of epochs', integer(1)),
  stopped: mapping('an object of reasons', anyText),
  outcome: list('a list of sentences', anyText),
  kept: text,
  solver: text,
  headFit,
  baselines: baselineList,
  folds: fields('the results of a cross-validation', {
    count,
    mean: results,
    deviation: results,
    each: list('results', results),
    seconds: result,
  }),
  rejection: fields('the thresholds for unknown inputs', {
    share: finite,
    confidence: finite,
    distance: finite,
    neighbours: integer(1),
    known: count,
    knownRefused: count,
  }),
  validationAccuracy: result,
  testAccuracy: result,
  trainSeconds: result,
  imagesPerSecond: result,
  frozenTensors: count,
  frozenTensorsChanged: count,
  preprocessing: anyObject,
  companions: mapping('an object of file names with their SHA-256', anyText, isCompanion),
  modelSha256: text,
  plugins: wantedPluginList,
  warnings: list('a list of warnings', fields('a warning', { message: anyText, source: anyText })),
  date: anyText,
  log: epochLogs,
  seed: count,
  unfreeze: either(count, oneOf('all')),
  views: count,
  learningRate: result,
  batch: count,
  trainImages: count,
  validationImages: count,
  testImages: count,
};

/**
 * Validates a summary from a file, because the folder may come from someone else.
 * @param file its path, for messages
 * @throws if it is damaged
 */
export function parseSummary(value: unknown, file: string): StoredSummary {
  const wrong = isObject(value) ? misfit(value, checks, ['classes', 'preprocessing']) : 'is not an object';
  if (wrong !== undefined)
    throw new GraftError(`"${file}" ${wrong}. Give the folder of a finished run.`, {
      code: 'run.damaged',
      place: file,
    });
  return value as StoredSummary;
}
