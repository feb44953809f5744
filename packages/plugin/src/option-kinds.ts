import { showJson } from './show-json.ts';

/** The kinds of option values that {@link configurable} checks; `any` leaves the check to the factory. */
export type OptionKind = keyof typeof checks;

/** The kinds that fit the type of an option. */
export type OptionKindOf<T> = [T] extends [boolean]
  ? 'boolean'
  : [T] extends [string]
    ? 'string'
    : [T] extends [number]
      ? 'number' | 'integer'
      : [T] extends [readonly number[]]
        ? 'numbers'
        : [T] extends [number | readonly number[]]
          ? 'number or numbers'
          : [T] extends [Callable]
            ? 'function'
            : [T] extends [number | Callable]
              ? 'number or function'
              : [T] extends [readonly (number | Callable)[]]
                ? 'numbers or functions'
                : 'any';

type Callable = (...args: never) => unknown;

interface Check {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

/** A number may be infinite, such as a patience without end, but NaN comes from a mistake. */
const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);
const areNumbers = (value: unknown): boolean => Array.isArray(value) && value.every(isNumber);
const isFunction = (value: unknown): boolean => typeof value === 'function';

const checks = {
  boolean: { expected: 'true or false', fits: (value) => typeof value === 'boolean' },
  string: { expected: 'a string', fits: (value) => typeof value === 'string' },
  number: { expected: 'a number', fits: isNumber },
  integer: { expected: 'an integer', fits: (value) => Number.isSafeInteger(value) },
  numbers: { expected: 'a list of numbers', fits: areNumbers },
  'number or numbers': {
    expected: 'a number or a list of numbers',
    fits: (value) => isNumber(value) || areNumbers(value),
  },
  function: { expected: 'a function', fits: isFunction },
  'number or function': { expected: 'a number', fits: (value) => isNumber(value) || isFunction(value) },
  'numbers or functions': {
    expected: 'a list of numbers',
    fits: (value) => Array.isArray(value) && value.every((one) => isNumber(one) || isFunction(one)),
  },
  any: { expected: 'any value', fits: () => true },
} as const satisfies Readonly<Record<string, Check>>;

/** @throws if the value of an option is of another kind; the error names both */
export function checkOptionKinds(owner: string, options: object, kinds: Readonly<Record<string, OptionKind>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const { expected, fits } = checks[kinds[name]!];
    if (!fits(value)) throw new Error(`${owner} expects "${name}" to be ${expected}, got ${showJson(value, 60)}.`);
  }
}
