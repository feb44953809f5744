import { showJson } from '@graft/plugin';
import { isName } from '@graft/tasks';

/** What a value of a file or a call must be. */
export interface Check {
  /** After "to be", such as `a string`. */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

/** Any string, such as a message. */
export const anyText: Check = { expected: 'a string', fits: (value) => typeof value === 'string' };
/** A string that is not empty and can be printed on one line. */
export const text: Check = {
  expected: 'a string without control characters',
  fits: (value) => typeof value === 'string' && isName(value),
};
export const flag: Check = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
export const integer = (least: number): Check => ({
  expected: `an integer of ${least} or more`,
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});
/** Whether a value is a finite number above another. */
export const isNumberAbove = (value: unknown, above: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value > above;
export const positive: Check = { expected: 'a number above 0', fits: (value) => isNumberAbove(value, 0) };
export const finite: Check = { expected: 'a number', fits: Number.isFinite };
/** A result of a computation: JSON has null for NaN and infinity. */
export const result: Check = {
  expected: 'a number or null',
  fits: (value) => value === null || typeof value === 'number',
};
/** An object as in JSON, not a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const anyObject: Check = { expected: 'an object', fits: isObject };
export const oneOf = (...values: readonly string[]): Check => ({
  expected: values.map((one) => `"${one}"`).join(' or '),
  fits: (value) => values.includes(value as string),
});
export const either = (one: Check, other: Check): Check => ({
  expected: `${one.expected}, or ${other.expected}`,
  fits: (value) => one.fits(value) || other.fits(value),
});
/** @param expected what messages call the list */
export const list = (expected: string, item: Check, least = 0): Check => ({
  expected,
  fits: (value) => Array.isArray(value) && value.length >= least && value.every((one) => item.fits(one)),
});
/** An object whose values are all of one kind. @param expected what messages call it */
export const mapping = (expected: string, item: Check, isKey: (key: string) => boolean = () => true): Check => ({
  expected,
  fits: (value) => isObject(value) && Object.entries(value).every(([key, one]) => isKey(key) && item.fits(one)),
});
/** An object with these fields, and perhaps others. @param expected what messages call it */
export const fields = (expected: string, each: Readonly<Record<string, Check>>): Check => ({
  expected,
  fits: (value) => isObject(value) && Object.entries(each).every(([name, { fits }]) => fits(value[name])),
});

/** What is wrong with the first field that does not fit, such as `expects "epochs" to be an integer of 1 or more, got "x"`; undefined if all do. A missing field fits unless it is required. */
export function misfit(
  value: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): string | undefined {
  for (const [name, { expected, fits }] of Object.entries(checks)) {
    const found = value[name];
    if (found === undefined ? required.includes(name) : !fits(found))
      return `expects "${name}" to be ${expected}, got ${showJson(found, 60)}`;
  }
  return undefined;
}
