import type { Row } from './examples.ts';

/** The value of a cell. @param option the option that sets the column, for the message @throws if the cell is missing or empty, with the available columns */
export function cell(row: Row, column: string, option: string): unknown {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value !== undefined && value !== null && value !== '') return value;
  if (Object.hasOwn(row, column)) throw new Error(`has nothing in "${column}". Fill in the cell, or remove the row.`);
  throw new Error(
    `has no "${column}"; it has: ${listed(Object.keys(row))}. Name the column with the option ${option}.`,
  );
}

/** The text of a cell without blanks around it; numbers are converted. @throws if it is neither */
export function textCell(row: Row, column: string, option: string): string {
  const value = cell(row, column, option);
  if (typeof value === 'string' || typeof value === 'number') {
    const text = `${value}`.trim();
    if (text !== '') return text;
  }
  throw new Error(`has ${JSON.stringify(value)} in "${column}", but must have text.`);
}

/** Whether a cell is 1 or true, as programs and spreadsheets write it: also 1.0, True or TRUE. @throws if it is neither that nor 0 or false */
export function flagCell(row: Row, column: string, option: string): boolean {
  const value = cell(row, column, option);
  const text = String(value).trim().toLowerCase();
  if (/^(1(\.0*)?|true)$/.test(text)) return true;
  if (/^(0(\.0*)?|false)$/.test(text)) return false;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", but must have 0 or 1.`);
}

/** Names in a cell: separated by `|` or another separator, or a JSON array; an empty cell has none. @throws if it is anything else */
export function namesCell(row: Row, column: string, option: string, separator = '|'): string[] {
  const isEmpty = Object.hasOwn(row, column) && typeof row[column] === 'string' && row[column].trim() === '';
  const value = isEmpty ? [] : cell(row, column, option);
  let list: unknown = value;
  if (typeof value === 'string') {
    try {
      list = value.trimStart().startsWith('[')
        ? JSON.parse(value)
        : value
            .split(separator)
            .map((name) => name.trim())
            .filter(Boolean);
    } catch {
      list = undefined;
    }
  }
  if (
    Array.isArray(list) &&
    list.every((name) => (typeof name === 'string' && name !== '') || typeof name === 'number')
  )
    return [...new Set(list.map(String))];
  throw new Error(
    `has ${JSON.stringify(value)} in "${column}", but must have class names separated by ${separator}, or a JSON array of them.`,
  );
}

/** A number as spreadsheets and programs write it; other notations of JavaScript, such as 0x10, are no numbers there. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number with a decimal comma. With three digits behind it, it may as well separate thousands. */
const withComma = /^[+-]?\d*,(?:\d{1,2}|\d{4,})$/;

/** A decimal number in a cell, such as -1.5, 2e-3 or -1,5, that is finite as a float32; it is not rounded to one. @throws if it is anything else */
export function numberCell(row: Row, column: string, option: string): number {
  const value = cell(row, column, option);
  const text = typeof value === 'string' ? value.trim() : '';
  const number = decimal.test(text) ? Number(text) : withComma.test(text) ? Number(text.replace(',', '.')) : value;
  if (typeof number === 'number' && Number.isFinite(Math.fround(number))) return number;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", but must have a number such as 12, -1.5 or 2e-3.`);
}

/** The first names of a list, for a message. */
export const listed = (names: readonly string[]): string =>
  [
    ...names.slice(0, 20).map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name)),
    ...(names.length > 20 ? [`and ${names.length - 20} more`] : []),
  ].join(', ');
