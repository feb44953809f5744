/** A sound with one channel. */
export interface Wave {
  /** Samples, usually from −1 to 1. */
  readonly samples: Float32Array;
  /** Samples per second. */
  readonly rate: number;
}
