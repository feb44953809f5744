import { kFold, type Split, type SplitOptions, split } from './split.ts';

/** The members of each group, and its label, taken from its first sample. */
interface Groups {
  readonly labels: Int32Array;
  readonly members: readonly (readonly number[])[];
}

/**
 * Splits samples but keeps all samples of a group, such as a patient or a video, in one part. Sizes count groups, and the split is stratified
 * by the class of each group's first sample.
 * @param groups the group of each sample
 * @throws as {@link split} does, but for groups
 */
export function groupSplit(
  labels: ArrayLike<number>,
  groups: ArrayLike<string | number>,
  options: SplitOptions,
): Split {
  const { labels: groupLabels, members } = gathered(labels, groups);
  const { train, validation, test } = split(groupLabels, options);
  return {
    train: samplesOf(members, train),
    validation: samplesOf(members, validation),
    test: samplesOf(members, test),
  };
}

/** {@link kFold} that keeps all samples of a group in one fold. */
export function groupKFold(
  labels: ArrayLike<number>,
  groups: ArrayLike<string | number>,
  options: Parameters<typeof kFold>[1],
): ReturnType<typeof kFold> {
  const { labels: groupLabels, members } = gathered(labels, groups);
  return kFold(groupLabels, options).map(({ train, validation }) => ({
    train: samplesOf(members, train),
    validation: samplesOf(members, validation),
  }));
}

function gathered(labels: ArrayLike<number>, groups: ArrayLike<string | number>): Groups {
  if (labels.length !== groups.length)
    throw new Error(
      `Expected one label and one group per sample, got ${labels.length} labels and ${groups.length} groups.`,
    );
  const members = new Map<string | number, number[]>();
  for (let i = 0; i < groups.length; i++) {
    const known = members.get(groups[i]!);
    if (known) known.push(i);
    else members.set(groups[i]!, [i]);
  }
  const lists = [...members.values()];
  return { labels: Int32Array.from(lists, ([first]) => labels[first!]!), members: lists };
}

const samplesOf = (members: Groups['members'], numbers: readonly number[]): number[] =>
  numbers.flatMap((group) => members[group]!).sort((a, b) => a - b);
