import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { oneLine } from '@graft/plugin';
import type { Row } from '../examples.ts';

/** Maximum bytes of a line of JSON: JavaScript's texts end at 512 MiB, and every row is held in memory. */
const longestLine = 2 ** 24;
/** Maximum bytes of a row of CSV, which is read byte by byte. */
const longestRow = 2 ** 20;

/**
 * Streams the rows of a CSV file of any size. The first line contains the column names.
 * @param options `delimiter`: the field separator; default a comma, a semicolon, a tab or a bar, whichever is most frequent in the first line
 * @throws if it is not UTF-8, two columns have one name, or a row has more or fewer fields than there are columns, or more than 1 MiB, with its line number
 */
export async function* csvRows(
  path: string,
  { delimiter }: { readonly delimiter?: string } = {},
): AsyncGenerator<Readonly<Record<string, string>>, void, undefined> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    columns: expectDistinct,
    bom: true,
    delimiter: delimiter ?? (await delimiterOf(path)),
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  const file = createReadStream(path);
  const source = Readable.from(inUtf8(file, 'the text is not UTF-8; save the table as UTF-8')).on('error', (error) =>
    parser.destroy(error),
  );
  try {
    for await (const row of source.pipe(parser)) yield row as Record<string, string>;
  } catch (error) {
    throw new Error(
      `"${path}" is not a valid CSV table: ${oneLine((error as Error).message)}. Fix that line, or set the delimiter.`,
      { cause: error },
    );
  } finally {
    source.destroy();
    file.destroy();
  }
}

/** Bytes in which the first line of a table should end. */
const headBytes = 2 ** 16;

/** The separator that is most frequent in the first line, outside of quotes; a comma if there is none, or if the file cannot be read. */
async function delimiterOf(path: string): Promise<string> {
  const head = Buffer.alloc(headBytes);
  const file = await open(path).catch(() => undefined);
  const { bytesRead = 0 } = (await file?.read(head, 0, headBytes, 0).catch(() => undefined)) ?? {};
  await file?.close();
  const [line = ''] = head.toString('utf8', 0, bytesRead).split(/\r?\n/);
  const plain = line.replaceAll(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((one) => ({ one, count: plain.split(one).length - 1 }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).one;
}

/** Passes bytes on. @throws the message if they are not UTF-8: another encoding would lose characters */
async function* inUtf8(bytes: AsyncIterable<Uint8Array>, message: string): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const part of bytes) {
    try {
      decoder.decode(part, { stream: true });
    } catch (error) {
      throw new Error(message, { cause: error });
    }
    yield part;
  }
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
 * Streams the rows of a JSON-lines file of any size. Empty lines are skipped.
 * @throws if the file is not UTF-8, or a line is not a JSON object or has more than 16 MiB, with its number
 */
export async function* jsonLines(path: string): AsyncGenerator<Row, void, undefined> {
  const file = createReadStream(path);
  let number = 0;
  try {
    for await (const line of lines(inUtf8(file, `"${path}" is not UTF-8. Save it as UTF-8.`))) {
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
