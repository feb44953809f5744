import { stratifiedSample } from '@graft/data';
import { GraftError, reasonOf, type Scope } from '@graft/plugin';
import { labelledExamples, type LabelledDataOptions } from './labelled-loader.ts';
import type { RunExample } from './run-data.ts';
import { runParts, type RunParts } from './run-parts.ts';
import type { RunRecord } from './run-record.ts';
import { warnOfData } from './warn-of-data.ts';

/** Number of examples that quantization is calibrated on. */
const calibrationExamples = 128;

/** Examples to calibrate a quantized model with, and others to evaluate it on. */
export interface CalibrationData {
  readonly calibration: readonly RunExample[];
  readonly evaluation: readonly RunExample[];
  /** What the evaluated examples are: held out by the run for validation or a test, or of other data. */
  readonly evaluatedOn: 'held-out' | 'test' | 'other';
}

/**
 * Chooses examples to quantize a run's model with: a sample of its training examples, stratified by class, to calibrate, and its held-out examples to evaluate. Data that is not
 * the run's own is divided: the calibrated examples are not evaluated.
 * @param location labelled data; default: the data of the run
 * @throws if the run's data is needed and has moved or changed
 */
export async function calibrationData(
  scope: Scope,
  location: unknown,
  {
    record,
    onWarning,
    ...options
  }: LabelledDataOptions & {
    /** Undefined if the run has no readable `run.json`. */
    readonly record: RunRecord | undefined;
    readonly onWarning: (message: string) => void;
  },
): Promise<CalibrationData> {
  const parts =
    location === undefined ? await ownParts(scope, record, options) : await partsIn(scope, location, record, options);
  if (parts && (parts.heldOut.length || parts.tested.length)) {
    const { trained, heldOut, tested } = parts;
    return {
      calibration: sampleOf(trained, options),
      ...(tested.length
        ? { evaluation: tested, evaluatedOn: 'test' }
        : { evaluation: heldOut, evaluatedOn: 'held-out' }),
    };
  }
  const { data } = record?.options ?? {};
  if (parts) onWarning('The run held out no examples, so the scores are those of training examples: too optimistic.');
  else if (location === data)
    onWarning(
      `The examples in "${data}" have changed since the run, so some of the evaluated ones may be training examples, which makes the scores too optimistic.`,
    );
  const found = await labelledExamples(scope, location, options);
  warnOfData(found, onWarning);
  const { examples } = found;
  const part = (['test', 'validation'] as const).find((one) => examples.some((example) => example.part === one));
  const trained = examples.filter((example) => (example.part ?? 'training') === 'training');
  if (part !== undefined && trained.length)
    return {
      calibration: sampleOf(trained, options),
      evaluation: examples.filter((example) => example.part === part),
      evaluatedOn: 'other',
    };
  const calibration = sampleOf(examples, options, Math.ceil(examples.length / 2));
  const chosen = new Set(calibration);
  const rest = examples.filter((example) => !chosen.has(example));
  return { calibration, evaluation: rest.length ? rest : examples, evaluatedOn: 'other' };
}

/** The run's own data, where it was. @throws if it is not there any more, or has changed */
async function ownParts(
  scope: Scope,
  record: RunRecord | undefined,
  { summary, objective, modality, place, reading }: LabelledDataOptions,
): Promise<RunParts> {
  const way = 'Give labelled examples to calibrate and evaluate the model with.';
  const refuse = (message: string, cause?: unknown): never => {
    throw new GraftError(`${message} ${way}`, { code: 'data.open', place: record?.options.data ?? place, cause });
  };
  if (!record) return refuse(`The run "${place}" does not say which data it was trained on.`);
  const { data } = record.options;
  const parts = await runParts(scope, data, { record, summary, objective, modality, reading }).catch((error: unknown) =>
    refuse(`The data of the run, "${data}", cannot be opened any more (${reasonOf(error)}).`, error),
  );
  if (parts && !parts.heldOut.length && !parts.tested.length)
    return refuse('The run held out no examples, so there is nothing to compare the quantized model on.');
  return parts ?? refuse(`The examples in "${data}" have changed since the run, so its held-out ones are unknown.`);
}

/** The run's own data at a given place; undefined if it is other data. */
const partsIn = async (
  scope: Scope,
  location: unknown,
  record: RunRecord | undefined,
  { summary, objective, modality, reading }: LabelledDataOptions,
): Promise<RunParts | undefined> =>
  record && runParts(scope, location, { record, summary, objective, modality, reading }).catch(() => undefined);

const sampleOf = (
  examples: readonly RunExample[],
  { objective, summary }: Pick<LabelledDataOptions, 'objective' | 'summary'>,
  most = calibrationExamples,
): RunExample[] => {
  const strata = objective.strata(
    examples.map(({ label }) => label),
    2,
  );
  const count = Math.max(1, Math.min(calibrationExamples, most));
  const seed = typeof summary['seed'] === 'number' ? summary['seed'] : 0;
  return stratifiedSample(strata, { count, seed }).map((index) => examples[index]!);
};
