import { checkOptionNames } from '@graft/plugin';

/** Checks one option's value and gives it in its final form; `undefined` asks for the default. Throws what it wants instead. */
export type OptionReader<T> = (value: unknown) => T;

/**
 * Checks options that may come from a configuration file, and fills in what is missing.
 * @param owner what the options are for, in messages
 * @throws where an option is unknown, with the nearest there is, or where its value is not what it takes
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
      throw new Error(`${owner} wants "${name}" to be ${(error as Error).message}, got ${value}.`, { cause: error });
    }
  }
  return result as { [Name in keyof Readers]: ReturnType<Readers[Name]> };
}

const wanted = (what: string): never => {
  throw new Error(what);
};

/** A number from `min` to `max`; required where there is no `fallback`. */
export const numberOption =
  (fallback?: number, { min = -Infinity, max = Infinity, integer = false } = {}): OptionReader<number> =>
  (value = fallback) =>
    typeof value === 'number' &&
    !Number.isNaN(value) &&
    value >= min &&
    value <= max &&
    (!integer || Number.isInteger(value))
      ? value
      : wanted(`${integer ? 'a whole number' : 'a number'}${bounds(min, max)}`);

/** A range `[low, high]`; with a `centre`, one number stands for as much on both sides of it. Required where there is no `fallback`. */
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
    return wanted(`${centre === undefined ? '' : 'a number or '}[low, high]${bounds(min, max)}`);
  };

/** One of these texts. */
export const choiceOption =
  <T extends string>(choices: readonly T[], fallback?: T): OptionReader<T> =>
  (value = fallback) =>
    choices.includes(value as T) ? (value as T) : wanted(choices.map((choice) => `"${choice}"`).join(' or '));

/** A text; undefined where there is none and no `fallback`. */
export const textOption =
  <T extends string | undefined = undefined>(fallback?: T): OptionReader<string | T> =>
  (value = fallback) =>
    typeof value === 'string' || value === undefined ? (value as string | T) : wanted('a text');

/** A list of texts. */
export const listOption =
  (fallback?: readonly string[]): OptionReader<readonly string[]> =>
  (value = fallback) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : wanted('a list of texts');

function bounds(min: number, max: number): string {
  if (min > -Infinity && max < Infinity) return ` from ${min} to ${max}`;
  if (min > -Infinity) return ` of ${min} or more`;
  return max < Infinity ? ` of ${max} or less` : '';
}
