import type { Context } from '@graft/plugin';
import { randomService } from '@graft/tensor';
import type { FinetuneOptions } from './finetune.ts';
import { nameOf } from './open-network.ts';
import { defaultOptions, parseRunOptions, type RunOptions } from './run-options.ts';
import type { ModelInput } from './services.ts';

/** What a run is about: its options, and the model and data themselves where they are more than a name. */
export interface Job {
  readonly options: RunOptions;
  readonly model: ModelInput;
  readonly data: unknown;
}

/** Checks and completes the options of a call. @param where what messages call it @throws where an option is unknown or has a wrong value */
export function jobOf({ model, data, ...more }: FinetuneOptions, where: string, context: Context): Job {
  const given = parseRunOptions(
    { ...more, model: nameOf(model), data: typeof data === 'string' ? data : 'given in code' },
    where,
  );
  const seed = given.seed ?? context.find(randomService)?.bits() ?? defaultOptions.seed;
  return { options: { ...defaultOptions, ...given, seed } as RunOptions, model, data };
}
