import { checkOptionNames } from '@graft/plugin';

/** Checks the value of an option and returns it in its final form; `undefined` selects the default. Throws a description of valid values. */
export type OptionReader<T> = (value: unknown) => T;

/**
 * Checks options, such as those of a configuration file, and fills in defaults.
 * @param owner the name of what the options belong to, for messages
 * @throws if an option is unknown, with a suggestion, or its value is invalid
 */
export function readOptions<Readers extends Record<string, OptionReader<unknown>>>(
  owner: string,
  options: object | undefined,
  readers: Readers,
): { [Name in keyof Readers]: ReturnType<Readers[Name]> } {
  const given = (options ?? {}) as Record<string, unknown>;
  const names = Object.keys(readers);
  checkOptionNames(owner, given, names);
  const result: Record<string, unknown> = {};
  for (const name of names) {
    try {
      result[name] = readers[name]!(given[name]);
    } catch (error) {
      const value = given[name] === undefined ? 'nothing' : (JSON.stringify(given[name]) ?? `a ${typeof given[name]}`);
      throw new Error(`${owner} expects "${name}" to be ${(error as Error).message}, got ${value}.`, { cause: error });
    }
  }
  return result as { [Name in keyof Readers]: ReturnType<Readers[Name]> };
}

const invalid = (expected: string): never => {
  throw new Error(expected);
};

/** A number from `min` to `max`; required if there is no `fallback`. */
export const numberOption =
  (fallback?: number, { min = -Infinity, max = Infinity, integer = false } = {}): OptionReader<number> =>
  (value = fallback) =>
    typeof value === 'number' &&
    !Number.isNaN(value) &&
    value >= min &&
    value <= max &&
    (!integer || Number.isInteger(value))
      ? value
      : invalid(`${integer ? 'an integer' : 'a number'}${bounds(min, max)}`);

/** A range `[low, high]`. With a `centre`, a single number means `[centre - number, centre + number]`. Required if there is no `fallback`. */
export const rangeOption =
  (
    fallback?: number | readonly [number, number],
    { min = -Infinity, max = Infinity, centre }: { min?: number; max?: number; centre?: number } = {},
  ): OptionReader<readonly [low: number, high: number]> =>
  (value = fallback) => {
    const range =
      typeof value === 'number' && centre !== undefined ? [Math.max(min, centre - value), centre + value] : value;
    if (
      Array.isArray(range) &&
      range.length === 2 &&
      range.every((end) => typeof end === 'number' && end >= min && end <= max) &&
      range[0] <= range[1]
    )
      return [range[0], range[1]];
    return invalid(`${centre === undefined ? '' : 'a number or '}[low, high]${bounds(min, max)}`);
  };

/** One of these strings. */
export const choiceOption =
  <T extends string>(choices: readonly T[], fallback?: T): OptionReader<T> =>
  (value = fallback) =>
    choices.includes(value as T) ? (value as T) : invalid(choices.map((choice) => `"${choice}"`).join(' or '));

/** A string; undefined if it is missing and there is no `fallback`. */
export const textOption =
  <T extends string | undefined = undefined>(fallback?: T): OptionReader<string | T> =>
  (value = fallback) =>
    typeof value === 'string' || value === undefined ? (value as string | T) : invalid('a string');

/** A list of strings. */
export const listOption =
  (fallback?: readonly string[]): OptionReader<readonly string[]> =>
  (value = fallback) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : invalid('a list of strings');

function bounds(min: number, max: number): string {
  if (min > -Infinity && max < Infinity) return ` from ${min} to ${max}`;
  if (min > -Infinity) return ` of ${min} or more`;
  return max < Infinity ? ` of ${max} or less` : '';
}
