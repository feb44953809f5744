import type { Plugin } from './plugin.ts';

/** The names of a plugin's contributions, by the label of the extension point: `{ layer: ['swish'], op: ['swish'] }`. */
export function contributionNames({ contributes }: Plugin): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const { point, value } of contributes) (names[point.label] ??= []).push(value.name);
  return names;
}
