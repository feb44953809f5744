import { type DataPart, split, type Split } from '@graft/data';
import type { Label } from '@graft/report';
import type { Objective } from '@graft/tasks';

/** Indices of the examples to train on, of those held out for validation, and of those for a test at the end. */
export interface DataParts {
  readonly trained: readonly number[];
  readonly heldOut: number[];
  readonly tested: readonly number[];
}

/** Divides examples as the data is divided. Without a validation part, some of the training examples are held out. */
export function partsOf(
  indices: readonly number[],
  {
    partOf,
    divide,
  }: {
    readonly partOf: (index: number) => DataPart | undefined;
    readonly divide: (indices: readonly number[]) => Pick<Split, 'train' | 'validation'>;
  },
): DataParts {
  const of = (part: DataPart): number[] => indices.filter((index) => (partOf(index) ?? 'training') === part);
  const [training, validation, tested] = [of('training'), of('validation'), of('test')];
  if (validation.length) return { trained: training, heldOut: validation, tested };
  const parts = divide(training);
  return {
    trained: parts.train.map((place) => training[place]!),
    heldOut: parts.validation.map((place) => training[place]!),
    tested,
  };
}

/** How a run divides examples: stratified, with a fraction held out. */
export const dividedBy =
  (
    objective: Pick<Objective, 'strata' | 'exclusive'>,
    {
      names,
      labelOf,
      validation,
      seed,
    }: {
      readonly names: readonly string[];
      readonly labelOf: (index: number) => Label;
      readonly validation: number;
      readonly seed: number;
    },
  ) =>
  (some: readonly number[]): Split =>
    split(objective.strata(some.map(labelOf), 2), { validation, seed, ...(objective.exclusive && { classes: names }) });
