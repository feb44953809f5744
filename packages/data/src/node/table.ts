import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { oneLine } from '@graft/plugin';
import type { Row } from '../examples.ts';
import { EncodingError, inUtf8 } from './in-utf8.ts';

/** Maximum bytes of a line of JSON: JavaScript's texts end at 512 MiB, and every row is held in memory. */
const longestLine = 2 ** 24;
/** Maximum bytes of a row of CSV, which is read byte by byte. */
const longestRow = 2 ** 20;

/** How a table is read. */
export interface TableOptions {
  /** Receives a sentence if its encoding is a guess; by default it is printed to the console. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Options of {@link csvRows}. */
export interface CsvOptions extends TableOptions {
  /** The field separator; default a comma, a semicolon, a tab or a bar, whichever is most frequent in the first line. */
  readonly delimiter?: string;
}

/**
 * Streams the rows of a CSV file of any size, in UTF-8, UTF-16 or, with a warning, Windows-1252. The first line contains the column names.
 * @throws if it has another encoding, two columns have one name, or a row has more or fewer fields than there are columns, or more than 1 MiB, with its line number
 */
export async function* csvRows(
  path: string,
  { delimiter, onWarning = console.warn }: CsvOptions = {},
): AsyncGenerator<Readonly<Record<string, string>>, void, undefined> {
  const { parse } = await import('csv-parse');
  const file = createReadStream(path);
  const chunks = inUtf8(file, { name: `"${path}"`, onWarning });
  let source: Readable | undefined;
  try {
    const head = await chunks.next();
    if (head.done) return;
    const parser = parse({
      columns: expectDistinct,
      bom: true,
      delimiter: delimiter ?? delimiterOf(head.value),
      skip_empty_lines: true,
      max_record_size: longestRow,
    });
    source = Readable.from(following(head.value, chunks)).on('error', (error) => parser.destroy(error));
    for await (const row of source.pipe(parser)) yield row as Record<string, string>;
  } catch (error) {
    const message = oneLine((error as Error).message);
    if (error instanceof EncodingError) throw error;
    throw new Error(`"${path}" is not a valid CSV table: ${message}. Fix that line, or separate fields with commas.`, {
      cause: error,
    });
  } finally {
    source?.destroy();
    file.destroy();
  }
}

/** The separator that is most frequent in the first line, outside of quotes; a comma if there is none. */
function delimiterOf(head: Uint8Array): string {
  const [line = ''] = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8').split(/\r?\n/);
  const plain = line.replaceAll(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((one) => ({ one, count: plain.split(one).length - 1 }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).one;
}

async function* following<T>(first: T, others: AsyncIterator<T>): AsyncGenerator<T, void, undefined> {
  yield first;
  for (let next = await others.next(); !next.done; next = await others.next()) yield next.value;
}

/** @throws if two columns have the same name, because a row would keep only one of them */
function expectDistinct(columns: readonly string[]): string[] {
  const seen = new Set<string>();
  for (const name of columns) {
    if (name !== '' && seen.has(name)) throw new Error(`two columns are named ${JSON.stringify(name.slice(0, 100))}`);
    seen.add(name);
  }
  return [...columns];
}

/**
 * Streams the rows of a JSON-lines file of any size, in UTF-8, UTF-16 or, with a warning, Windows-1252. Empty lines are skipped.
 * @throws if it has another encoding, or a line is not a JSON object or has more than 16 MiB, with its number
 */
export async function* jsonLines(
  path: string,
  { onWarning = console.warn }: TableOptions = {},
): AsyncGenerator<Row, void, undefined> {
  const file = createReadStream(path);
  let number = 0;
  try {
    for await (const line of lines(inUtf8(file, { name: `"${path}"`, onWarning }))) {
      number++;
      if (line === undefined)
        throw new Error(`Line ${number} of "${path}" has more than ${longestLine} bytes. Fix or remove the line.`);
      const text = line.replace(/^\uFEFF/, '').trim();
      if (text !== '') yield rowOf(text, path, number);
    }
  } finally {
    file.destroy();
  }
}

/** Splits a stream at line feeds. A line that is too long ends it, as undefined. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string | undefined, void, undefined> {
  let parts: Uint8Array[] = []; // of a line that is not complete
  let length = 0;
  const end = (): string => {
    const line = Buffer.concat(parts).toString('utf8');
    [parts, length] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const feed = chunk.indexOf(10, at);
      const part = chunk.subarray(at, feed < 0 ? chunk.length : feed);
      length += part.length;
      if (length > longestLine) return yield undefined;
      parts.push(part);
      at += part.length + 1;
      if (feed >= 0) yield end();
    }
  }
  if (length) yield end();
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
    `Line ${number} of "${path}" is not a JSON object: ${JSON.stringify(`${text.slice(0, 40)}${text.length > 40 ? '…' : ''}`)}. Fix or remove the line.`,
  );
}

/** Streams the rows of a table by its file extension: JSON lines (`.jsonl`, `.ndjson`) or CSV. */
export const tableRows = (path: string, options: TableOptions): AsyncGenerator<Row, void, undefined> =>
  ['.jsonl', '.ndjson'].includes(extname(path).toLowerCase()) ? jsonLines(path, options) : csvRows(path, options);
