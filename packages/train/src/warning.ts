/** Something that a run wants its user to know and that does not end it. */
export interface TrainWarning {
  /** The callback that says so, by name. */
  readonly source: string;
  /** One sentence. */
  readonly message: string;
  /** The epoch in which it was found, counted from 1 as in the log. */
  readonly epoch?: number;
}

/** Takes warnings. */
export type OnWarning = (warning: TrainWarning) => void;

/** Prints each warning to the console once, however often it comes. */
export function consoleWarnings(): OnWarning {
  const printed = new Set<string>();
  return ({ source, message }) => {
    const line = `${source}: ${message}`;
    if (printed.has(line)) return;
    printed.add(line);
    console.warn(line);
  };
}
