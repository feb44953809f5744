import type { AnyModule } from '@graft/layers';
import type { Parameter } from '@graft/tensor';
import { digestsAtATime } from './sha256.ts';

/** SHA-256 of each frozen parameter, by path. */
export type FrozenDigests = ReadonlyMap<string, string>;

/** Digests of the parameters that are frozen now; pass them to {@link changedSince} later to check that none has changed. */
export const frozenDigests = (module: AnyModule): Promise<FrozenDigests> =>
  digestsOf(module, (_, { frozen }) => frozen);

/** Paths of the parameters in `before` whose bytes have changed since, or that no longer exist. */
export async function changedSince(module: AnyModule, before: FrozenDigests): Promise<string[]> {
  const now = await digestsOf(module, (path) => before.has(path));
  return [...before].filter(([path, digest]) => now.get(path) !== digest).map(([path]) => path);
}

async function digestsOf(
  module: AnyModule,
  included: (path: string, parameter: Parameter) => boolean,
): Promise<Map<string, string>> {
  const chosen = [...module.parameters()].filter(([path, parameter]) => included(path, parameter));
  const digestOf = digestsAtATime();
  return new Map(await Promise.all(chosen.map(async ([path, { value }]) => [path, await digestOf(value)] as const)));
}

/**
 * Freezes all but the last `groups` layer groups; 'all' unfreezes every group. The head counts as the last group.
 * @param freezeStatistics whether running statistics of batch norms stay as they are, and are used in training, too; their weights are trained
 * @throws if `groups` is not an integer from 0 to the number of groups
 */
export function unfreezeLast(module: AnyModule, groups: number | 'all', freezeStatistics = false): void {
  const all = module.layerGroups();
  if (groups !== 'all' && !(Number.isInteger(groups) && groups >= 0 && groups <= all.length))
    throw new Error(
      `Cannot unfreeze ${groups} layer groups: the model has ${all.length} (${all.map(({ name }) => name).join(', ')}). Pass 0 to ${all.length}, or 'all'.`,
    );
  for (const [i, { parameters }] of all.entries())
    for (const parameter of parameters)
      parameter.frozen =
        (groups !== 'all' && i < all.length - groups) || (freezeStatistics && parameter.kind === 'buffer');
}
