import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Row } from '../examples.ts';

/**
 * Streams the rows of a CSV file of any size. The first line contains the column names.
 * @param options `delimiter`: the field separator, default a comma
 * @throws if a row has more or fewer fields than there are columns, with its line number
 */
export async function* csvRows(
  path: string,
  { delimiter = ',' } = {},
): AsyncGenerator<Readonly<Record<string, string>>, void, undefined> {
  const { parse } = await import('csv-parse');
  const parser = parse({ columns: true, bom: true, delimiter, skip_empty_lines: true });
  const file = createReadStream(path).on('error', (error) => parser.destroy(error));
  try {
    for await (const row of file.pipe(parser)) yield row as Record<string, string>;
  } catch (error) {
    throw new Error(
      `"${path}" is not a valid CSV table: ${(error as Error).message}. Fix that line, or set the delimiter.`,
      { cause: error },
    );
  } finally {
    file.destroy();
  }
}

/**
 * Streams the rows of a JSON-lines file of any size. Empty lines are skipped.
 * @throws if a line is not a JSON object, with its number
 */
export async function* jsonLines(path: string): AsyncGenerator<Row, void, undefined> {
  const file = createReadStream(path);
  let number = 0;
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Infinity })) {
      number++;
      const text = line.replace(/^\uFEFF/, '').trim();
      if (text !== '') yield rowOf(text, path, number);
    }
  } finally {
    file.destroy();
  }
}

function rowOf(text: string, path: string, number: number): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  throw new Error(
    `Line ${number} of "${path}" is not a JSON object: ${text.slice(0, 40)}${text.length > 40 ? '…' : ''} Fix or remove the line.`,
  );
}
