import { abs, add, mul, type Parameter, scalar, square, sum, type Tensor } from '@graft/tensor';
import type { Loss } from '../loss.ts';

/** A penalty on a model's weights: one number. */
export type Penalty = () => Tensor;

export interface PenaltyOptions {
  /** Multiplies the penalty. */
  readonly strength: number;
  /** Selects parameters by path; default: all that are not vectors, which leaves out biases and normalisation. */
  readonly which?: (path: string, parameter: Parameter) => boolean;
}

type NamedParameters = Iterable<readonly [path: string, parameter: Parameter]>;

/** L1 penalty: the sum of absolute weights times `strength`, which drives many to 0 (Tibshirani 1996). Frozen parameters are excluded. */
export const l1Penalty = (parameters: NamedParameters, options: PenaltyOptions): Penalty =>
  penalty('l1Penalty', parameters, options, (w) => sum(abs(w)));

/** L2 penalty (ridge regression): the sum of squared weights times `strength`, with the gradient 2 · strength · weight. Frozen parameters are excluded. */
export const l2Penalty = (parameters: NamedParameters, options: PenaltyOptions): Penalty =>
  penalty('l2Penalty', parameters, options, (w) => sum(square(w)));

/** Elastic net: `l1Share` of the L1 penalty plus 1 − `l1Share` of half the L2 penalty (Zou and Hastie 2005, weighted as in scikit-learn). */
export function elasticPenalty(
  parameters: NamedParameters,
  { l1Share = 0.5, ...options }: PenaltyOptions & { readonly l1Share?: number },
): Penalty {
  if (!(l1Share >= 0 && l1Share <= 1))
    throw new Error(`elasticPenalty expects an l1Share from 0 to 1, got ${l1Share}.`);
  return penalty('elasticPenalty', parameters, options, (w) =>
    add(mul(sum(abs(w)), l1Share), mul(sum(square(w)), (1 - l1Share) / 2)),
  );
}

/** Adds a weight penalty to a loss. */
export const withPenalty =
  (loss: Loss, ...penalties: readonly Penalty[]): Loss =>
  (output, target) =>
    penalties.reduce((total, penalty) => add(total, penalty()), loss(output, target));

function penalty(
  name: string,
  parameters: NamedParameters,
  { strength, which = (_, { value }) => value.rank > 1 }: PenaltyOptions,
  cost: (weight: Tensor) => Tensor,
): Penalty {
  if (!(strength >= 0)) throw new Error(`${name} expects a strength of 0 or more, got ${strength}.`);
  const chosen = [...parameters].flatMap(([path, parameter]) => (which(path, parameter) ? [parameter] : []));
  if (!chosen.length) throw new Error(`${name} applies to no parameter. Check the "which" option.`);
  return () =>
    mul(
      chosen
        .filter((parameter) => parameter.trainable)
        .map(({ value }) => cost(value))
        .reduce(add, scalar(0, chosen[0]!.value)),
      strength,
    );
}
