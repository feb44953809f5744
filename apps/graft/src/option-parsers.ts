import { InvalidArgumentError } from 'commander';

const refuse = (expected: string): never => {
  throw new InvalidArgumentError(`Give ${expected}.`);
};
/** An integer of at least `least`. */
export const integer =
  (least: number) =>
  (text: string): number =>
    /^\d+$/.test(text) && Number(text) >= least ? Number(text) : refuse(`an integer of ${least} or more`);
/** A positive number. */
export const positive = (text: string): number =>
  Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : refuse('a number above 0');
/** 0, or a number between 0 and 1. */
export const fraction = (text: string): number =>
  text.trim() && Number(text) >= 0 && Number(text) < 1 ? Number(text) : refuse('0, or a fraction below 1');
/** Height and width: one number for a square, or two as height x width. */
export const imageSize = (text: string): number | { height: number; width: number } => {
  const [, high, wide] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  const [height, width] = [Number(high), Number(wide ?? high)];
  if (!(height >= 1 && width >= 1)) return refuse('a number of pixels such as 224, or height x width such as 256x128');
  return height === width ? height : { height, width };
};
/** The value of white. */
export const range = (text: string): 1 | 255 => (text === '1' ? 1 : text === '255' ? 255 : refuse('1 or 255'));
/** One number, or one for each channel, separated by commas. */
export const numbers =
  (above = -Infinity) =>
  (text: string): number[] => {
    const values = text.split(',').map((part) => (part.trim() ? Number(part) : Number.NaN));
    const fits = values.every((value) => Number.isFinite(value) && value > above) && values.length <= 64;
    return fits
      ? values
      : refuse(`one number${above === 0 ? ' above 0' : ''}, or one for each channel, separated by commas`);
  };
/** A name, or an object with a name and options as JSON. */
export const configured = (text: string): string | { readonly name: string } => {
  if (!text.startsWith('{')) return text;
  try {
    const value = JSON.parse(text) as { readonly name?: unknown };
    if (typeof value.name === 'string') return value as { readonly name: string };
  } catch {
    // not JSON
  }
  return refuse('a name, or JSON such as {"name":"sound","rate":8000}');
};
/** One of these words. */
export const oneOf =
  (...words: readonly string[]) =>
  (text: string): string =>
    words.includes(text) ? text : refuse(words.join(' or '));
/** Column names separated by commas. */
export const columns = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim());
  return names.every(Boolean) ? names : refuse('column names separated by commas');
};
/** A port; 0 for any free one. */
export const port = (text: string): number =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : refuse('a port from 0 to 65535');
/** A number of layer groups, or all. */
export const groups = (text: string): number | 'all' =>
  text === 'all' ? 'all' : /^\d+$/.test(text) ? Number(text) : refuse('an integer of 0 or more, or all');
/** Every value of a repeatable option. */
export const collected = (text: string, before: readonly string[] = []): string[] => [...before, text];
/** Values of inputs by name: `training=false`, `image_size=224,224`. A name may contain the sign. */
export const inputValues = (
  text: string,
  before: Readonly<Record<string, number | boolean | number[]>> = {},
): Record<string, number | boolean | number[]> => {
  const at = text.lastIndexOf('=');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  const list = value.split(',').map((part) => (part.trim() ? Number(part) : Number.NaN));
  const isTruth = value === 'true' || value === 'false';
  if (at < 1 || !(isTruth || list.every(Number.isFinite)))
    return refuse('a name and a value, such as training=false or image_size=224,224');
  return { ...before, [name]: isTruth ? value === 'true' : list.length === 1 ? list[0]! : list };
};
