import { brief } from './brief.ts';

/** Details of a {@link GraftError}. */
export interface GraftErrorDetails {
  /** A stable code for programs, such as `model.cut` or `options.value`. */
  readonly code: string;
  /** Where the error occurred: a file, an option, a node, an example. */
  readonly place?: string | undefined;
  /** How to resolve the error; default the message without its first sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Maximum length of a reason. */
const longestReason = 500;

/** An error with a code that stays the same when the wording of the message changes. Long quoted texts in the message are shortened. */
export class GraftError extends Error {
  readonly code: string;
  readonly place: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, { code, place, hint, cause }: GraftErrorDetails) {
    const short = brief(message);
    super(short, { cause });
    this.name = 'GraftError';
    this.code = code;
    this.place = place;
    this.hint = hint ?? afterFirstSentence(short);
  }
}

/** The text after the first sentence; periods in names and numbers do not end a sentence. */
const afterFirstSentence = (message: string): string | undefined => /[.?!]"?\s+(\p{Lu}.*)$/su.exec(message)?.[1];

/**
 * Runs a function and converts its errors to a {@link GraftError} with this code. Errors that already have a code keep it.
 * @param place see {@link GraftErrorDetails.place}
 */
export async function withCode<T>(code: string, place: string | undefined, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asGraftError(error, code, place);
  }
}

/** Converts an error to a {@link GraftError}; a GraftError is returned unchanged. */
export function asGraftError(error: unknown, code: string, place?: string): GraftError {
  if (error instanceof GraftError) return error;
  return new GraftError(error instanceof Error ? error.message : String(error), { code, place, cause: error });
}

/** What a thrown value says, as one line without control characters and without a period; user code may throw anything. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : '';
  const line = text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
    .replace(/[.:,;]+$/, '');
  if (line === '') return 'it throws a value without a message';
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}
