import { modelCard } from '../model-card.ts';
import { getCard } from '../get-card.ts';
import { pinModel, readLock } from './model-lock.ts';
import { openModel, type OpenModelOptions, type OpenedModel } from './open-model.ts';

/** Options of {@link pullModel}. */
export interface PullModelOptions extends OpenModelOptions {
  /** Whether to pin the file in the project's lock file; default true. */
  readonly lock?: boolean;
  /** Whether to replace an existing pin with the file of the current card; default false. */
  readonly update?: boolean;
}

/**
 * Downloads a model's file unless it is on this machine, and pins it in the project's lock file. The project is the first folder in `from`.
 * @throws if there is no such model, it is pinned to a different file, or the file does not match its card
 */
export async function pullModel(
  name: string,
  { lock = true, update = false, ...options }: PullModelOptions,
): Promise<OpenedModel> {
  const card = getCard(options.app.all(modelCard), name);
  const [project = process.cwd()] = options.from ?? [];
  // openModel checks the lock file, so pin the new file first.
  if (update && (await readLock(project))[name]) await pinModel(project, card);
  const opened = await openModel(name, options);
  if (lock) await pinModel(project, card);
  return opened;
}
