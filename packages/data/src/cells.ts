import type { Row } from './examples.ts';

/** The value of a cell. @param option the option that sets the column, for the message @throws if the cell is missing or empty, with the available columns */
export function cell(row: Row, column: string, option: string): unknown {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value !== undefined && value !== null && value !== '') return value;
  throw new Error(`has no "${column}"; it has: ${listed(Object.keys(row))}. Name the column with ${option}.`);
}

/** The text of a cell; numbers are converted. @throws if it is neither */
export function textCell(row: Row, column: string, option: string): string {
  const value = cell(row, column, option);
  if (typeof value === 'string' || typeof value === 'number') return `${value}`;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", but must have text.`);
}

/** Whether a cell is 1 or true. @throws if it is not one of 0, 1, true and false */
export function flagCell(row: Row, column: string, option: string): boolean {
  const value = cell(row, column, option);
  if (value === 1 || value === '1' || value === true || value === 'true') return true;
  if (value === 0 || value === '0' || value === false || value === 'false') return false;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", but must have 0 or 1.`);
}

/** Names in a cell: separated by `|`, or a JSON array; an empty cell has none. @throws if it is anything else */
export function namesCell(row: Row, column: string, option: string): string[] {
  const value = row[column] === '' && Object.hasOwn(row, column) ? [] : cell(row, column, option);
  let list: unknown = value;
  if (typeof value === 'string') {
    try {
      list = value.trimStart().startsWith('[')
        ? JSON.parse(value)
        : value
            .split('|')
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
    `has ${JSON.stringify(value)} in "${column}", but must have class names separated by |, or a JSON array of them.`,
  );
}

/** A number as spreadsheets and programs write it; other notations of JavaScript, such as 0x10, are no numbers there. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A decimal number in a cell, such as -1.5 or 2e-3, that is finite as a float32; it is not rounded to one. @throws if it is anything else */
export function numberCell(row: Row, column: string, option: string): number {
  const value = cell(row, column, option);
  const number = typeof value === 'string' && decimal.test(value.trim()) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(Math.fround(number))) return number;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", but must have a number such as 12, -1.5 or 2e-3.`);
}

/** The first names of a list, for a message. */
export const listed = (names: readonly string[]): string =>
  [
    ...names.slice(0, 20).map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name)),
    ...(names.length > 20 ? [`and ${names.length - 20} more`] : []),
  ].join(', ');
