import type { DataPart, Split } from '@graft/data';

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
