/** What a {@link GraftError} says beside its message. */
export interface GraftErrorDetails {
  /** A stable name for programs, such as `model.cut` or `options.value`. */
  readonly code: string;
  /** Where it happened: a file, an option, a node, an example. */
  readonly place?: string | undefined;
  /** What to do about it. Default: the message's last sentences. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An error that programs can act on: its code stays the same where the wording changes. */
export class GraftError extends Error {
  readonly code: string;
  readonly place: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, { code, place, hint, cause }: GraftErrorDetails) {
    super(message, { cause });
    this.name = 'GraftError';
    this.code = code;
    this.place = place;
    this.hint = hint ?? afterFirstSentence(message);
  }
}

/** What follows the first sentence; full stops in names and numbers end none. */
const afterFirstSentence = (message: string): string | undefined => /[.?!]"?\s+(\p{Lu}.*)$/su.exec(message)?.[1];

/**
 * Does some work whose errors become a {@link GraftError} of a code. One that has a code already keeps it.
 * @param place where it happens, for programs
 */
export async function withCode<T>(code: string, place: string | undefined, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asGraftError(error, code, place);
  }
}

/** An error as a {@link GraftError}; one that is already is returned as it is. */
export function asGraftError(error: unknown, code: string, place?: string): GraftError {
  if (error instanceof GraftError) return error;
  return new GraftError(error instanceof Error ? error.message : String(error), { code, place, cause: error });
}
