import type { Row } from './examples.ts';

/** A cell that is there. @param option that names the column, for the message @throws what is missing, and the columns there are */
export function cell(row: Row, column: string, option: string): unknown {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value !== undefined && value !== null && value !== '') return value;
  throw new Error(`has no "${column}"; it has: ${Object.keys(row).join(', ')}. Name the column with ${option}.`);
}

/** A cell's text; a number counts as one. @throws where it holds neither */
export function textCell(row: Row, column: string, option: string): string {
  const value = cell(row, column, option);
  if (typeof value === 'string' || typeof value === 'number') return `${value}`;
  throw new Error(`has in "${column}" no text: ${JSON.stringify(value)}.`);
}

/** Whether a cell says yes: 1, true. @throws where it holds anything but 0, 1, true and false */
export function flagCell(row: Row, column: string, option: string): boolean {
  const value = cell(row, column, option);
  if (value === 1 || value === '1' || value === true || value === 'true') return true;
  if (value === 0 || value === '0' || value === false || value === 'false') return false;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", where 0 or 1 should be.`);
}

/** Names in a cell: with `|` between them, or a JSON array; an empty cell holds none. @throws where it holds anything else */
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
    `has ${JSON.stringify(value)} in "${column}", where class names with | between or a JSON array of them should be.`,
  );
}

/** A finite number in a cell, rounded to float32. @throws where it holds anything else */
export function numberCell(row: Row, column: string, option: string): number {
  const value = cell(row, column, option);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(Math.fround(number))) return Math.fround(number);
  throw new Error(`has ${JSON.stringify(value)} in "${column}", where a number should be.`);
}
