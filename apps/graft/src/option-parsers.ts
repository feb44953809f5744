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
/** A number between 0 and 1, exclusive. */
export const fraction = (text: string): number =>
  Number(text) > 0 && Number(text) < 1 ? Number(text) : refuse('a fraction between 0 and 1');
/** One number, or three separated by commas. */
export const numbers =
  (above = -Infinity) =>
  (text: string): number[] => {
    const values = text.split(',').map((part) => (part.trim() ? Number(part) : Number.NaN));
    const fits =
      values.every((value) => Number.isFinite(value) && value > above) && (values.length === 1 || values.length === 3);
    return fits ? values : refuse(`one number${above === 0 ? ' above 0' : ''}, or three separated by commas`);
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
