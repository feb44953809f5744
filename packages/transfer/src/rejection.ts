/** What decides whether an input is like the known ones. */
export interface RejectionScore {
  /** The greatest activated output, such as a probability. */
  readonly confidence: number;
  /** The distance of its features to those of known examples. */
  readonly distance: number;
}

/** The limits of known inputs: what is below the confidence or beyond the distance is refused as unknown. */
export type RejectionThresholds = RejectionScore;

/**
 * Sets thresholds on known examples that training has not used, of which at most a fraction is refused: half of it for their confidence, half for their distance, and the rest of an odd number for the distance.
 * @param known scores of held-out examples
 * @param share the fraction of known examples that may be refused, from 0 to below 1
 * @throws if there are no examples, a score is not a number, or the share is out of range
 */
export function rejectionThresholds(known: readonly RejectionScore[], share: number): RejectionThresholds {
  if (!(share >= 0 && share < 1))
    throw new Error(`rejectionThresholds expects a share from 0 to below 1, got ${share}.`);
  if (!known.length || known.some((one) => Number.isNaN(one.confidence + one.distance)))
    throw new Error('rejectionThresholds expects at least one known example, with numbers as scores.');
  const refused = Math.floor(share * known.length);
  const byConfidence = Math.floor(refused / 2);
  const confidences = known.map(({ confidence }) => confidence).sort((a, b) => a - b);
  const distances = known.map(({ distance }) => distance).sort((a, b) => b - a);
  return { confidence: confidences[byConfidence]!, distance: distances[refused - byConfidence]! };
}

/** Whether an input is refused as unknown. */
export const isRejected = (score: RejectionScore, thresholds: RejectionThresholds): boolean =>
  !(score.confidence >= thresholds.confidence && score.distance <= thresholds.distance);
