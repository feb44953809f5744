import { defaultOptions, type RunOptions } from './run-options.ts';
import type { Diagnosis } from './diagnose.ts';

/** Expected cost of training the head or the whole network. */
export interface CostEstimate {
  /** Seconds of one epoch of training, without validation. */
  readonly epochSeconds: number;
  /** Seconds of all epochs, with features and validation. */
  readonly seconds: number;
  /** Bytes of memory that the backend reserves, if known. */
  readonly bytes: number | undefined;
}

/** Expected cost of a run on this machine. */
export interface RunEstimate {
  /** Seconds to compute the features of all views; included in `head.seconds`. */
  readonly featureSeconds: number;
  /** Training only the head. */
  readonly head: CostEstimate;
  /** Training the whole network; missing if it cannot be trained. */
  readonly full?: CostEstimate;
}

/** Extrapolates the trial of a {@link Diagnosis} to a run of this many epochs and views. */
export function estimateRun(
  { trial, images: { all, learned } }: Required<Pick<Diagnosis, 'trial' | 'images'>>,
  { epochs, views }: Pick<RunOptions, 'epochs' | 'views'> = defaultOptions,
): RunEstimate {
  const { featureSeconds: perImage, headSeconds, headBytes, full } = trial;
  const heldOut = all - learned;
  const featureSeconds = perImage * (learned * views + heldOut);
  const estimate = (epochSeconds: number, seconds: number, bytes: number | undefined): CostEstimate => ({
    epochSeconds,
    seconds,
    bytes,
  });
  return {
    featureSeconds,
    head: estimate(headSeconds * learned, featureSeconds + epochs * headSeconds * learned, headBytes),
    ...(full && {
      full: estimate(
        full.imageSeconds * learned,
        epochs * (full.imageSeconds * learned + perImage * heldOut),
        full.bytes,
      ),
    }),
  };
}
