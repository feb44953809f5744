import { GraftError } from '@graft/plugin';
import { isName } from '@graft/tasks';
import type { EpochLog } from '@graft/train';
import type { CrossValidation } from './cross-validate.ts';
import type { RunWarning } from './run-event.ts';
import { isCompanion } from './file-names.ts';
import { parseWantedPlugins, type WantedPlugin } from './wanted-plugins.ts';

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
  /** Metrics on the held-out examples. */
  readonly validation?: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly epochs: number;
  /** The epoch whose weights each phase kept, from 1. */
  readonly best?: Readonly<Record<string, number>>;
  /** Results of a cross-validation. */
  readonly folds?: CrossValidation;
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

/**
 * Validates a summary from a file, because the folder may come from someone else.
 * @param file its path, for messages
 * @throws if it is damaged
 */
export function parseSummary(value: unknown, file: string): Summary {
  const refuse = (what: string): never => {
    throw new GraftError(`"${file}" ${what}. Give the folder of a finished run.`, { code: 'run.damaged', place: file });
  };
  if (typeof value !== 'object' || value === null) return refuse('is not an object');
  const summary = value as Partial<Summary>;
  const areNames = (list: unknown, least: number): boolean =>
    Array.isArray(list) && list.length >= least && list.every((name) => typeof name === 'string' && isName(name));
  for (const name of ['task', 'modality', 'modelSha256'] as const)
    if (summary[name] !== undefined && !(typeof summary[name] === 'string' && isName(summary[name])))
      refuse(`has a "${name}" that is not a valid string`);
  for (const name of ['taskOptions', 'modalityOptions'] as const)
    if (summary[name] !== undefined && (typeof summary[name] !== 'object' || Array.isArray(summary[name] ?? [])))
      refuse(`has "${name}" that is not an object`);
  if (!areNames(summary.classes, 1)) refuse('has no list of names under "classes"');
  if (summary.targets !== undefined && !areNames(summary.targets, 1))
    refuse('has no list of column names under "targets"');
  if (typeof summary.preprocessing !== 'object' || summary.preprocessing === null)
    refuse('has no object under "preprocessing"');
  if (
    summary.companions !== undefined &&
    (typeof summary.companions !== 'object' ||
      summary.companions === null ||
      !Object.entries(summary.companions).every(([name, digest]) => isCompanion(name) && typeof digest === 'string'))
  )
    refuse('has no valid list of files with their SHA-256 under "companions"');
  parseWantedPlugins(summary.plugins, `"${file}"`);
  return summary as Summary;
}
