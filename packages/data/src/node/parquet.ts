import { oneLine } from '@graft/plugin';
import type { FileMetaData, SchemaTree } from 'hyparquet';
import { listed } from '../cells.ts';
import type { Row } from '../examples.ts';

export interface ParquetOptions {
  /** The columns to read; default all. */
  readonly columns?: readonly string[];
}

/**
 * Streams the rows of a Parquet file, with one row group in memory at a time.
 * @throws if the file is not Parquet, or lacks a column
 */
export async function* parquetRows(
  path: string,
  { columns }: ParquetOptions = {},
): AsyncGenerator<Row, void, undefined> {
  // Imported lazily, because it takes as long to load as a small network.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(`"${path}" cannot be read as Parquet: ${why}`, { cause });
  };
  // The library reads broken files until JavaScript fails.
  const broken = (error: Error): never =>
    refuse(
      `${/^(Type|Range|Syntax|Reference)Error$/.test(error.name) || /\b(undefined|NaN)\b/.test(error.message) ? 'its content is broken' : oneLine(error.message.replace(/\.$/, ''))}. Write it again, or use another file.`,
      error,
    );
  const file = await asyncBufferFromFile(path).catch(broken);
  const metadata: FileMetaData = await parquetMetadataAsync(file).catch(broken);
  const groups = metadata.row_groups as FileMetaData['row_groups'] | undefined;
  if (
    !Array.isArray(groups) ||
    !groups.every(({ columns: parts, num_rows: rows }) => Array.isArray(parts) && isCount(Number(rows)))
  )
    return refuse('its metadata is broken. Write it again, or use another file.');
  // The library starts to read each column, but waits only for those that it finds in the schema: the error of another would end the process.
  let leaves: string[];
  try {
    leaves = leavesOf(parquetSchema(metadata));
  } catch (error) {
    return broken(error as Error);
  }
  for (const group of groups) {
    const paths = group.columns.map((column) => column.meta_data?.path_in_schema?.join('\0'));
    if (paths.some((path, i) => path === undefined || paths.indexOf(path) !== i || !leaves.includes(path)))
      return refuse('its columns do not match its schema. Write it again, or use another file.');
  }
  const names = groups[0]?.columns.map((column) => column.meta_data?.path_in_schema[0]) ?? [];
  const missing = columns?.find((column) => !names.includes(column));
  if (missing !== undefined && names.length)
    refuse(`it has no column "${missing}". It has: ${listed([...new Set(names)].map(String))}.`);
  let rowStart = 0;
  for (const { num_rows } of groups) {
    const rowEnd = rowStart + Number(num_rows);
    yield* (await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      ...(columns && { columns: [...columns] }),
    }).catch(broken)) as Row[];
    rowStart = rowEnd;
  }
}

/** The paths of the columns in a schema, without those that occur twice. */
function leavesOf({ path, children }: SchemaTree): string[] {
  const found = children.length ? children.flatMap(leavesOf) : [path.join('\0')];
  return found.filter((one, i) => found.indexOf(one) === i && found.lastIndexOf(one) === i);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
