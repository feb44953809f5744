import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Row } from '../examples.ts';

/**
 * The rows of a CSV file, one after another, whatever its size. The first line names the columns.
 * @param options `delimiter`: what stands between fields, default a comma
 * @throws where a row has more or fewer fields than there are columns, with its line
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
      `"${path}" is no CSV table: ${(error as Error).message}. Repair that line, or say which delimiter it has.`,
      { cause: error },
    );
  } finally {
    file.destroy();
  }
}

/**
 * The rows of a JSON-lines file, one after another, whatever its size. Empty lines are passed over.
 * @throws where a line is no JSON object, with its number
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
    `Line ${number} of "${path}" is no JSON object: ${text.slice(0, 40)}${text.length > 40 ? '…' : ''} Repair it, or remove the line.`,
  );
}
