import { split } from '@graft/data';
import type { Objective } from '@graft/tasks';
import type { RunData } from './run-data.ts';

/** A stratified sample of data, or all of it if there is less. */
export function sampledData(
  data: RunData,
  { objective, most, seed }: { readonly objective: Objective; readonly most: number; readonly seed: number },
): RunData {
  const { names } = data;
  if (data.examples.length <= most) return data;
  const examples = data.examples.filter(({ part }) => part !== 'test');
  if (examples.length <= most) return { ...data, examples };
  const strata = objective.strata(
    examples.map(({ label }) => label),
    2,
  );
  const { validation } = split(strata, { validation: most, seed, ...(objective.exclusive && { classes: names }) });
  return { ...data, examples: validation.map((index) => examples[index]!) };
}
