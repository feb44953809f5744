import type { AnyModule } from '@graft/layers';
import type { Parameter } from '@graft/tensor';
import { digestsAtATime } from './sha256.ts';

/** SHA-256 of each frozen parameter, by path. */
export type FrozenDigests = ReadonlyMap<string, string>;

/** Digests of what is frozen now, to prove later that not one byte of it changed. */
export const frozenDigests = (module: AnyModule): Promise<FrozenDigests> =>
  digestsOf(module, (_, { frozen }) => frozen);

/** Paths of parameters that were frozen then and hold other bytes now, or are gone. */
export async function changedSince(module: AnyModule, before: FrozenDigests): Promise<string[]> {
  const now = await digestsOf(module, (path) => before.has(path));
  return [...before].filter(([path, digest]) => now.get(path) !== digest).map(([path]) => path);
}

async function digestsOf(
  module: AnyModule,
  wanted: (path: string, parameter: Parameter) => boolean,
): Promise<Map<string, string>> {
  const chosen = [...module.parameters()].filter(([path, parameter]) => wanted(path, parameter));
  const digestOf = digestsAtATime();
  return new Map(await Promise.all(chosen.map(async ([path, { value }]) => [path, await digestOf(value)] as const)));
}

/**
 * Freezes all but the last `groups` layer groups ('all' leaves nothing frozen). The head counts as the last group.
 * @throws where there are not so many groups
 */
export function unfreezeLast(module: AnyModule, groups: number | 'all'): void {
  const all = module.layerGroups();
  if (groups !== 'all' && !(Number.isInteger(groups) && groups >= 0 && groups <= all.length))
    throw new Error(
      `There are ${all.length} layer groups (${all.map(({ name }) => name).join(', ')}), so that ${groups} of them cannot be unfrozen. Give 0 to ${all.length}, or all.`,
    );
  for (const [i, { parameters }] of all.entries())
    for (const parameter of parameters) parameter.frozen = groups !== 'all' && i < all.length - groups;
}
