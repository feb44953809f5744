import { oneLine } from '@graft/plugin';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { listed } from '../cells.ts';
import type { Row } from '../examples.ts';
import { checkParquetColumn, type PageReaders } from './check-parquet-column.ts';
import { checkThrift } from './check-thrift.ts';

/** The library's work grows with the square of the number of columns, and with their depth. */
const [mostColumns, deepest] = [16_384, 32];

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
  const [
    { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema, snappyUncompress },
    { parquetHeader },
    { readRleBitPackedHybrid },
    { deltaBinaryUnpack },
  ] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/column.js'),
    import('hyparquet/src/encoding.js'),
    import('hyparquet/src/delta.js'),
  ]);
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
  const metadata = await checkedMetadata(file, parquetMetadataAsync).catch(broken);
  const groups = metadata.row_groups as FileMetaData['row_groups'] | undefined;
  if (
    !Array.isArray(groups) ||
    !groups.every(({ columns: parts, num_rows: rows }) => Array.isArray(parts) && isCount(Number(rows)))
  )
    return refuse('its metadata is broken. Write it again, or use another file.');
  // The library starts to read each column, but waits only for those that it finds in the schema: the error of another would end the process.
  let leaves: ReadonlyMap<string, readonly SchemaTree[]>;
  try {
    leaves = leavesOf(parquetSchema(metadata));
  } catch (error) {
    return broken(error as Error);
  }
  for (const group of groups) {
    const paths = group.columns.map((column) => column.meta_data?.path_in_schema?.join('\0'));
    if (new Set(paths).size < paths.length || paths.some((one) => one === undefined || !leaves.has(one)))
      return refuse('its columns do not match its schema. Write it again, or use another file.');
  }
  const names = groups[0]?.columns.map((column) => column.meta_data?.path_in_schema[0]) ?? [];
  const missing = columns?.find((column) => !names.includes(column));
  if (missing !== undefined && names.length)
    refuse(`it has no column "${missing}". It has: ${listed([...new Set(names)].map(String))}.`);
  const readers: PageReaders = { parquetHeader, readRleBitPackedHybrid, deltaBinaryUnpack, snappyUncompress };
  let rowStart = 0;
  let valuesLeft = mostValues(2 ** 23, file.byteLength);
  for (const group of groups) {
    const rows = Number(group.num_rows);
    const chunks = group.columns.flatMap(({ meta_data: chunk }) =>
      chunk && (!columns || columns.includes(chunk.path_in_schema[0] ?? '')) ? [chunk] : [],
    );
    const check = async (): Promise<void> => {
      if (rows && !chunks.length) throw new Error(`a row group of ${rows} rows has no columns`);
      const sizes = chunks.map(({ total_compressed_size: size }) => Number(size));
      const own = sizes.reduce((sum, size) => sum + size, 0);
      let left = Math.min(valuesLeft, mostValues(2 ** 22, Math.min(own, file.byteLength)));
      for (const [i, chunk] of rows ? chunks.entries() : []) {
        // The library takes an offset of 0 for a missing one.
        const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset); // oxlint-disable-line typescript/prefer-nullish-coalescing
        const size = sizes[i] ?? 0;
        if (!isCount(start) || !isCount(size) || start + size > file.byteLength)
          throw new Error('a column in it is longer than the file');
        const tree = leaves.get(chunk.path_in_schema.join('\0')) ?? [];
        const bytes = new Uint8Array(await file.slice(start, start + size));
        const values = checkParquetColumn(bytes, chunk, tree, { rows, mostValues: left, readers });
        left -= values;
        valuesLeft -= values;
      }
    };
    await check().catch(broken);
    const rowEnd = rowStart + rows;
    const read = (await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      ...(columns && { columns: [...columns] }),
    }).catch(broken)) as Row[];
    // A missing value is null; undefined is one that is not in the column's dictionary.
    if (read.some((row) => Object.values(row).includes(undefined)))
      return refuse('its content is broken. Write it again, or use another file.');
    yield* read;
    rowStart = rowEnd;
  }
}

/** How many values decoding may take from that many bytes. */
const mostValues = (least: number, bytes: number): number => least + 64 * bytes;

/** The metadata, whose counts fit into its bytes. */
async function checkedMetadata(
  file: AsyncBuffer,
  read: typeof import('hyparquet').parquetMetadataAsync,
): Promise<FileMetaData> {
  const end = file.byteLength - 8;
  if (end > 0) {
    const length = new DataView(await file.slice(end, end + 8)).getUint32(0, true);
    if (length <= end && length > 0) checkThrift(new Uint8Array(await file.slice(end - length, end)));
  }
  const metadata = await read(file, { geoparquet: false });
  if (metadata.schema.length > mostColumns)
    throw new Error(`it has ${metadata.schema.length} columns, which is more than ${mostColumns}`);
  // Values of these kinds are programs of offsets, which may lead to the same bytes again and again: they stay bytes.
  for (const element of metadata.schema)
    if (/^(VARIANT|GEOMETRY|GEOGRAPHY|FILE)$/.test(element.logical_type?.type ?? '')) delete element.logical_type;
  return metadata;
}

/** The paths of the columns in a schema and its elements on them, without those that occur twice. */
function leavesOf(root: SchemaTree): ReadonlyMap<string, readonly SchemaTree[]> {
  const leaves = new Map<string, readonly SchemaTree[]>();
  const twice = new Set<string>();
  const walk = (above: readonly SchemaTree[]): void => {
    const tree = above.at(-1) as SchemaTree;
    if (above.length > deepest) throw new Error('its columns are nested too deeply');
    if (tree.element.name === '__proto__') throw new Error('a column may not be named "__proto__"');
    for (const child of tree.children) walk([...above, child]);
    if (tree.children.length) return;
    const path = tree.path.join('\0');
    if (leaves.has(path)) twice.add(path);
    leaves.set(path, above);
  };
  walk([root]);
  for (const path of twice) leaves.delete(path);
  return leaves;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
