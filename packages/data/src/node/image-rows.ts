import { dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { textCell } from '../cells.ts';
import type { Row } from '../examples.ts';
import { csvRows, jsonLines } from './table.ts';

/** A row of a table that was left out. */
export interface QuarantinedRow {
  /** Its number, from 1. */
  readonly row: number;
  readonly reason: string;
}

export interface ImageRowsOptions {
  /** The column of paths; default `path`. */
  readonly pathColumn?: string;
  /** The folder that paths are relative to, and within; default the table's own. */
  readonly root?: string;
  /** The share of rows that may be wrong before the table is refused; default 0.5. */
  readonly quarantineLimit?: number;
}

/** Images that a table names, and what it says of each. */
export interface ImageRows<Target> {
  readonly paths: readonly string[];
  readonly targets: readonly Target[];
  /** Rows that are wrong, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

/**
 * Reads a CSV or JSON-lines table (`.jsonl`, `.ndjson`) of images, in its order; no image is read yet. A row without path or target, or
 * whose path leads out of the folder, is left out and listed.
 * @param target reads a row's target; throws what is wrong with it
 * @throws where too many rows are wrong, or there are none
 */
export async function imageRows<Target>(
  table: string,
  { pathColumn = 'path', root = dirname(table), quarantineLimit = 0.5 }: ImageRowsOptions,
  target: (row: Row) => Target,
): Promise<ImageRows<Target>> {
  const paths: string[] = [];
  const targets: Target[] = [];
  const quarantined: QuarantinedRow[] = [];
  let count = 0;
  for await (const row of ['.jsonl', '.ndjson'].includes(extname(table).toLowerCase())
    ? jsonLines(table)
    : csvRows(table)) {
    count++;
    try {
      const path = within(root, textCell(row, pathColumn, 'pathColumn'));
      targets.push(target(row));
      paths.push(path);
    } catch (error) {
      quarantined.push({ row: count, reason: `Row ${count} of "${table}" ${(error as Error).message}` });
    }
  }
  if (count === 0) throw new Error(`"${table}" names no images. Add rows.`);
  if (quarantined.length > quarantineLimit * count || paths.length === 0)
    throw new Error(
      `${quarantined.length} of ${count} rows cannot be used. The first: ${quarantined[0]!.reason} Repair the rows, or raise quarantineLimit.`,
    );
  return { paths, targets, quarantined };
}

export function pathOf(table: string, paths: readonly string[], index: number): string {
  const path = paths[index];
  if (path !== undefined) return path;
  throw new Error(`There is no sample ${index} in "${table}", which names ${paths.length} images numbered from 0.`);
}

/** A table may come from a stranger: it names no files outside of the data set. */
export function within(root: string, path: string): string {
  const file = resolve(root, path);
  const inside = relative(resolve(root), file);
  if (!path.includes('\0') && inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside))
    return file;
  throw new Error(
    `names ${JSON.stringify(path)}, which is no file inside "${root}". Give the folder of the images as root.`,
  );
}
