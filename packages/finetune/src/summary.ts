import { GraftError } from '@graft/plugin';
import { isName } from '@graft/tasks';
import type { EpochLog } from '@graft/train';
import type { CrossValidation } from './cross-validate.ts';
import type { RunWarning } from './run-event.ts';
import { isCompanion } from './file-names.ts';
import { parseWantedPlugins, type WantedPlugin } from './wanted-plugins.ts';

/** What a run says about itself in `summary.json`. */
export interface Summary {
  readonly model: string;
  /** What it predicts; classes where it is missing. */
  readonly task?: string;
  /** What its examples are; images where it is missing. */
  readonly modality?: string;
  /** Options that the task and the modality were made with, where there are some. */
  readonly taskOptions?: object;
  readonly modalityOptions?: object;
  /** What each of the model's outputs stands for. */
  readonly classes: readonly string[];
  /** Columns of the table that were learned, where they were named. */
  readonly targets?: readonly string[];
  /** Metrics on the held-out examples. */
  readonly validation?: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly epochs: number;
  /** The epoch whose weights each phase kept, from 1. */
  readonly best?: Readonly<Record<string, number>>;
  /** What a cross-validation found. */
  readonly folds?: CrossValidation;
  readonly validationAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly trainSeconds: number;
  readonly imagesPerSecond: number;
  readonly frozenTensors: number;
  readonly frozenTensorsChanged: number;
  /** How `model.onnx` is fed, as the modality wrote it. */
  readonly preprocessing: object;
  /** SHA-256 of each file that travels with the model, by name. */
  readonly companions?: Readonly<Record<string, string>>;
  /** SHA-256 of `model.onnx`. */
  readonly modelSha256?: string;
  /** What it was made with. */
  readonly plugins?: readonly WantedPlugin[];
  readonly warnings?: readonly RunWarning[];
  /** When it ended, as ISO 8601. */
  readonly date?: string;
  readonly log?: readonly EpochLog[];
  readonly [more: string]: unknown;
}

/**
 * A summary from a file.
 * @param file what messages call it
 * @throws where it is damaged: the folder may come from anybody
 */
export function parseSummary(value: unknown, file: string): Summary {
  const refuse = (what: string): never => {
    throw new GraftError(`"${file}" ${what}. Give a folder that a run wrote.`, { code: 'run.damaged', place: file });
  };
  if (typeof value !== 'object' || value === null) return refuse('does not hold an object');
  const summary = value as Partial<Summary>;
  const areNames = (list: unknown, least: number): boolean =>
    Array.isArray(list) && list.length >= least && list.every((name) => typeof name === 'string' && isName(name));
  for (const name of ['task', 'modality', 'modelSha256'] as const)
    if (summary[name] !== undefined && !(typeof summary[name] === 'string' && isName(summary[name])))
      refuse(`has a "${name}" that is not a text`);
  for (const name of ['taskOptions', 'modalityOptions'] as const)
    if (summary[name] !== undefined && (typeof summary[name] !== 'object' || Array.isArray(summary[name] ?? [])))
      refuse(`has "${name}" that are not an object`);
  if (!areNames(summary.classes, 1)) refuse('does not list under "classes" what its outputs stand for');
  if (summary.targets !== undefined && !areNames(summary.targets, 1))
    refuse('does not list column names under "targets"');
  if (typeof summary.preprocessing !== 'object' || summary.preprocessing === null)
    refuse('does not say under "preprocessing" how its model is fed');
  if (
    summary.companions !== undefined &&
    (typeof summary.companions !== 'object' ||
      summary.companions === null ||
      !Object.entries(summary.companions).every(([name, digest]) => isCompanion(name) && typeof digest === 'string'))
  )
    refuse('does not list files with their SHA-256 under "companions"');
  parseWantedPlugins(summary.plugins, `"${file}"`);
  return summary as Summary;
}
