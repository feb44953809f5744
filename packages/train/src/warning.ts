/** A warning to the user that does not end the run. */
export interface TrainWarning {
  /** Name of the callback that warns, or `fit`. */
  readonly source: string;
  /** One sentence. */
  readonly message: string;
  /** The epoch, counted from 1 as in the log. */
  readonly epoch?: number;
}

/** Receives warnings. */
export type OnWarning = (warning: TrainWarning) => void;

/** Prints each distinct warning to the console once. */
export function consoleWarnings(): OnWarning {
  const printed = new Set<string>();
  return ({ source, message }) => {
    const line = `${source}: ${message}`;
    if (printed.has(line)) return;
    printed.add(line);
    console.warn(line);
  };
}
