import { abs, add, mul, type Parameter, scalar, square, sum, type Tensor } from '@graft/tensor';
import type { Loss } from '../loss.ts';

/** What a model's weights cost: one number. */
export type Penalty = () => Tensor;

export interface PenaltyOptions {
  /** How much a unit of it costs. */
  readonly strength: number;
  /** Which parameters pay, by their path; default: all that are not vectors, so that biases and normalisation are left alone. */
  readonly which?: (path: string, parameter: Parameter) => boolean;
}

type NamedParameters = Iterable<readonly [path: string, parameter: Parameter]>;

/** Sum of absolute weights times `strength`: many become 0 (Tibshirani 1996). Frozen parameters do not pay. */
export const l1Penalty = (parameters: NamedParameters, options: PenaltyOptions): Penalty =>
  penalty('l1Penalty', parameters, options, (w) => sum(abs(w)));

/** Sum of squared weights times `strength`: ridge regression, whose gradient is 2 · strength · weight. Frozen parameters do not pay. */
export const l2Penalty = (parameters: NamedParameters, options: PenaltyOptions): Penalty =>
  penalty('l2Penalty', parameters, options, (w) => sum(square(w)));

/** Both, `l1Share` of the first and the rest of half the second: elastic net (Zou and Hastie 2005, as scikit-learn weighs it). */
export function elasticPenalty(
  parameters: NamedParameters,
  { l1Share = 0.5, ...options }: PenaltyOptions & { readonly l1Share?: number },
): Penalty {
  if (!(l1Share >= 0 && l1Share <= 1)) throw new Error(`elasticPenalty wants an l1Share from 0 to 1, got ${l1Share}.`);
  return penalty('elasticPenalty', parameters, options, (w) =>
    add(mul(sum(abs(w)), l1Share), mul(sum(square(w)), (1 - l1Share) / 2)),
  );
}

/** A loss and what weights cost on top of it. */
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
  if (!(strength >= 0)) throw new Error(`${name} wants a strength of 0 or more, got ${strength}.`);
  const chosen = [...parameters].flatMap(([path, parameter]) => (which(path, parameter) ? [parameter] : []));
  if (!chosen.length) throw new Error(`${name} got no parameter. Check what "which" accepts.`);
  return () =>
    mul(
      chosen
        .filter((parameter) => parameter.trainable)
        .map(({ value }) => cost(value))
        .reduce(add, scalar(0, chosen[0]!.value)),
      strength,
    );
}
