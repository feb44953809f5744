/** Exit codes after a signal: 128 plus its number. */
export const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Stops a command that has progress to save. */
export interface GracefulStop {
  /** Aborted by the first signal of the system after `begin`, with its name as the reason. */
  readonly signal: AbortSignal;
  /** From here on, a signal aborts instead of ending the process; a second one ends it at once. */
  begin(): void;
}

/**
 * Turns Ctrl+C and its like into an aborted signal, but only once `begin` is called: a handler in JavaScript does not run while the process is busy, whereas
 * the system's default action always ends it. See docs/decisions/signals-are-left-to-the-system.md.
 */
export function gracefulStop(): GracefulStop {
  const stop = new AbortController();
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  const onSignal = (name: NodeJS.Signals): void => {
    for (const other of names) process.off(other, onSignal); // the default action again
    stop.abort(name);
  };
  return {
    signal: stop.signal,
    begin() {
      for (const name of names) process.off(name, onSignal).on(name, onSignal);
    },
  };
}
