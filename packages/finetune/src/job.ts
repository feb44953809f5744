import type { Context } from '@graft/plugin';
import { randomService } from '@graft/tensor';
import type { FinetuneOptions } from './finetune.ts';
import { nameOf, nameOfWeights } from './open-network.ts';
import { defaultOptions, parseRunOptions, type RunOptions, withDefaults } from './run-options.ts';
import type { ModelInput, WeightsInput } from './services.ts';

/** The options of a run, with its model and data as the caller passed them. */
export interface Job {
  readonly options: RunOptions;
  readonly model: ModelInput;
  /** Weights of an architecture. */
  readonly weights?: WeightsInput | undefined;
  readonly data: unknown;
  /** Examples for validation and for a test, if they are not a part of the data. */
  readonly validationData?: unknown;
  readonly testData?: unknown;
  /** Examples that belong to no class. */
  readonly unknownData?: unknown;
  /** Maximum number of examples to use; default all. */
  readonly most?: number;
}

/** Checks options and fills in defaults. @param caller what error messages call the source of the options @throws if an option is unknown or has an invalid value */
export function jobOf(
  { model, weights, data, validationData, testData, unknownData, ...more }: FinetuneOptions,
  caller: string,
  context: Context,
): Job {
  const given = parseRunOptions(
    {
      ...more,
      model: nameOf(model),
      ...(weights !== undefined && { weights: nameOfWeights(weights) }),
      data: nameOfData(data),
      ...(validationData !== undefined && { validationData: nameOfData(validationData) }),
      ...(testData !== undefined && { testData: nameOfData(testData) }),
      ...(unknownData !== undefined && { unknownData: nameOfData(unknownData) }),
    },
    caller,
  );
  const seed = given.seed ?? context.find(randomService)?.bits() ?? defaultOptions.seed;
  return {
    options: { ...withDefaults(given), seed } as RunOptions,
    model,
    weights,
    data,
    validationData,
    testData,
    unknownData,
  };
}

const nameOfData = (data: unknown): string => (typeof data === 'string' ? data : 'given in code');
