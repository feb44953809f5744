import { perChannel } from '@graft/data';
import { didYouMean } from '@graft/plugin';
import type { CardFile, CutPoint, ModelCard, ModelInput, Preprocessing } from './model-card.ts';
import { verifiedDigests } from './verified-digests.ts';

/**
 * Validates an untrusted card, field by field.
 * @param json the parsed file
 * @param where the file, for messages
 * @throws an error that names the field and its valid values
 */
export function parseCard(json: unknown, where: string): ModelCard {
  try {
    const parsed = card(json, '');
    return { ...parsed, verified: parsed.verified && verifiedDigests.has(parsed.sha256) };
  } catch (error) {
    throw new Error(`In the model card ${where}, ${(error as Error).message}`, { cause: error });
  }
}

/** Returns a checked copy of the value at a path in the card. */
type Check<T> = (value: unknown, path: string) => T;

const oneOf =
  <T extends string>(...choices: readonly T[]): Check<T> =>
  (value, path) =>
    choices.includes(value as T)
      ? (value as T)
      : reject(path, choices.map((choice) => `"${choice}"`).join(' or '), value);

const matching =
  (pattern: RegExp, expected: string): Check<string> =>
  (value, path) =>
    typeof value === 'string' && pattern.test(value) ? value : reject(path, expected, value);

// No characters that control a terminal, break the line or reorder text: cards are printed.
const text =
  (length: number): Check<string> =>
  (value, path) =>
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= length &&
    !/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(value)
      ? value
      : reject(path, `one line of 1 to ${length} characters`, value);

const number =
  (min = -Infinity): Check<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isFinite(value) && value >= min
      ? value
      : reject(path, min > 0 ? 'a number above 0' : 'a number', value);

const whole =
  (min: number, max: number): Check<number> =>
  (value, path) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : reject(path, `an integer from ${min} to ${max}`, value);

const truth: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : reject(path, 'true or false', value);

const list =
  <T>(most: number, check: Check<T>, least = 1): Check<readonly T[]> =>
  (value, path) =>
    Array.isArray(value) && value.length >= least && value.length <= most
      ? value.map((item, i) => check(item, `${path}[${i}]`))
      : reject(path, `a list of ${least} to ${most} items`, value);

const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);

const record =
  <T extends object>(checks: { readonly [Key in keyof T]-?: Check<T[Key]> }): Check<T> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject(path, 'an object', value);
    const names = Object.keys(checks);
    const inside = (name: string): string => (path === '' ? name : `${path}.${name}`);
    for (const name of Object.keys(value))
      if (!Object.hasOwn(checks, name))
        throw new Error(
          `there is an unknown field ${JSON.stringify(inside(name).slice(0, 100))}.${didYouMean(name.slice(0, 100), names)} Known fields: ${names.join(', ')}.`,
        );
    const result: Record<string, unknown> = {};
    for (const [name, check] of Object.entries<Check<unknown>>(checks)) {
      const checked = check(
        Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined,
        inside(name),
      );
      if (checked !== undefined) result[name] = checked;
    }
    return result as T;
  };

const mostSettings = 64;

/** Settings that someone else checks: numbers, texts and flags, or groups of them. */
const settings =
  (depth: number): Check<object> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject(path, 'an object', value);
    const entries = Object.entries(value);
    if (entries.length > mostSettings) return reject(path, `an object of at most ${mostSettings} fields`, value);
    return Object.fromEntries(
      entries.map(([name, one]: [string, unknown]) => {
        const inside = `${path}.${name.slice(0, 100)}`;
        if (typeof one === 'object' && depth > 0) return [name, settings(depth - 1)(one, inside)];
        if (typeof one === 'string') return [name, text(100)(one, inside)];
        return typeof one === 'boolean' || (typeof one === 'number' && Number.isFinite(one))
          ? [name, one]
          : reject(inside, 'a number, a text, true or false', one);
      }),
    );
  };

const source = matching(/^[a-z][a-z0-9+.-]+:[^\s\p{C}]{1,2000}$/u, 'an address such as "npm:name@1.2.3/model.onnx"');
const digest = matching(/^[0-9a-f]{64}$/, '64 lowercase hexadecimal digits');

const card = record<ModelCard>({
  name: matching(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'lowercase letters, digits, dots and dashes'),
  title: text(200),
  description: text(2000),
  licence: text(200),
  origin: text(500),
  source,
  bytes: whole(1, 2 ** 40),
  sha256: digest,
  architecture: optional(text(100)),
  companions: optional(
    list(
      16,
      record<CardFile>({
        name: matching(/^[\w-][\w.-]{0,99}$/, 'a file name'),
        source,
        bytes: whole(1, 2 ** 27),
        sha256: digest,
      }),
    ),
  ),
  opset: whole(1, 1000),
  parameters: optional(whole(0, 2 ** 50)),
  input: record<ModelInput>({
    name: text(500),
    shape: list(8, (value, path) =>
      typeof value === 'string' ? text(100)(value, path) : whole(1, 2 ** 31)(value, path),
    ),
    dtype: optional(oneOf('float32', 'int64', 'uint8')),
  }),
  preprocessing: optional(
    inFull({
      width: whole(1, 65_535),
      height: whole(1, 65_535),
      channels: whole(1, 1024),
      order: oneOf('rgb', 'bgr'),
      mean: list(1024, number()),
      std: list(1024, number(Number.MIN_VALUE)),
      resize: optional(oneOf('crop', 'squash', 'pad')),
      shortestSide: optional(whole(1, 65_535)),
      kernel: optional(oneOf('nearest', 'bilinear', 'bicubic', 'lanczos')),
      polarity: optional(oneOf('darkOnLight', 'lightOnDark')),
      layout: optional(oneOf('nchw', 'nhwc')),
      dtype: optional(oneOf('float32', 'float16', 'bfloat16', 'uint8')),
    }),
  ),
  sound: optional(settings(1)),
  labels: optional(list(1_000_000, text(500))),
  cutPoints: list(
    1000,
    record<CutPoint>({ value: text(500), features: whole(1, 1_000_000), pooling: oneOf('globalAverage', 'none') }),
    0,
  ),
  verified: truth,
});

/** Checks preprocessing and expands mean and std to one value per channel. */
function inFull(fields: Parameters<typeof record<Preprocessing>>[0]): Check<Preprocessing> {
  const read = record<Preprocessing>(fields);
  return (value, path) => {
    const found = read(value, path);
    for (const name of ['mean', 'std'] as const)
      if (found[name].length !== 1 && found[name].length !== found.channels)
        reject(`${path}.${name}`, `a list of 1 or ${found.channels} numbers`, found[name]);
    const { mean, std, channels } = found;
    return { ...found, mean: perChannel(mean, channels, 'mean'), std: perChannel(std, channels, 'std') };
  };
}

function reject(path: string, expected: string, value: unknown): never {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value);
  throw new Error(
    `${path === '' ? 'the content' : `"${path}"`} must be ${expected}, got ${shown.length > 100 ? `${shown.slice(0, 100)}…` : shown}.`,
  );
}
