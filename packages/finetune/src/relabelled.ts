import { GraftError } from '@graft/plugin';
import type { Label } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { RunData, RunExample } from './run-data.ts';

/**
 * The examples of data with their labels in the order of other names.
 * @param knows who has these names, for the message: `the run "my-run" only knows`
 * @throws if the data has a name that is not among them
 */
export function relabelled(
  data: RunData,
  names: readonly string[],
  {
    objective,
    knows,
    noun,
  }: { readonly objective: Objective; readonly knows: string; readonly noun: readonly [string, string] },
): readonly RunExample[] {
  const indices = new Map(names.map((name, k) => [name, k]));
  const unknown = data.names.find((name) => !indices.has(name));
  if (unknown !== undefined)
    throw new GraftError(
      `"${data.location}" has the ${objective.noun[0]} "${unknown}", but ${knows} ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}. Use ${noun[1]} of its ${objective.noun[1]}.`,
      { code: 'data.names', place: data.location },
    );
  const places = data.names.map((name) => indices.get(name)!);
  const placed = (label: Label): Label => {
    if (typeof label === 'number') return places[label]!;
    const numbers = new Float32Array(names.length);
    for (const [k, value] of label.entries()) numbers[places[k]!] = value;
    return numbers;
  };
  return data.examples.map((example) => ({ ...example, label: placed(example.label) }));
}
