import { GraftError } from '@graft/plugin';
import { type Objective, unevenClasses } from '@graft/tasks';
import type { RunOptions } from './run-options.ts';

/** What a run does about classes of uneven size. */
export interface ClassBalance {
  /** Weight of each class in the loss; undefined if all examples count the same. */
  readonly weights: readonly number[] | undefined;
  /** Whether examples of all classes are drawn equally often while the backbone is trained. */
  readonly sampling: boolean;
  /** Whether the largest class has at least three times the examples of the smallest. */
  readonly uneven: boolean;
  /** A sentence about uneven classes. */
  readonly warning: string | undefined;
}

/**
 * Compares the sizes of the classes in the training data.
 * @param counts training examples of each class
 * @throws if the option `balance` is not possible for the objective or the loss
 */
export function classBalance(
  { balance, loss }: Pick<RunOptions, 'balance' | 'loss'>,
  {
    objective,
    names,
    counts,
    noun,
  }: {
    readonly objective: Objective;
    readonly names: readonly string[];
    readonly counts: readonly number[] | undefined;
    readonly noun: readonly [one: string, many: string];
  },
): ClassBalance {
  const none = { weights: undefined, sampling: false, uneven: false, warning: undefined };
  const isAsked = balance === 'weights' || balance === 'sampling';
  const refuse = (why: string): never => {
    throw new GraftError(`${why}, but the option balance is "${balance}". Set it to "none".`, {
      code: 'options.value',
      place: 'balance',
    });
  };
  if (!objective.exclusive || !counts) {
    if (isAsked) refuse(`The task "${objective.name}" does not have exactly one class for each example`);
    return none;
  }
  if (isAsked && loss !== undefined) refuse('The option loss brings its own loss, which is not weighted by class');
  const present = counts.filter((count) => count > 0).length;
  const uneven = unevenClasses(counts);
  const isBalanced = isAsked || (balance === 'auto' && uneven !== undefined && loss === undefined);
  const total = counts.reduce((a, b) => a + b, 0);
  const done = !isBalanced
    ? 'Training counts every example the same, so it favours frequent classes'
    : balance === 'sampling'
      ? 'Training draws all classes equally often'
      : 'Training weights all classes equally';
  return {
    weights: isBalanced ? counts.map((count) => (count ? total / present / count : 1)) : undefined,
    sampling: balance === 'sampling',
    uneven: uneven !== undefined,
    warning: uneven
      ? `The classes are uneven: ${counts[uneven.least]!} training ${noun[counts[uneven.least] === 1 ? 0 : 1]} of "${names[uneven.least]!}", ${counts[uneven.most]!} of "${names[uneven.most]!}". ${done} (balance: ${balance}). Compare the balanced accuracy.`
      : undefined,
  };
}
