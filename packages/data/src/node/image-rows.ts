import { dirname, resolve } from 'node:path';
import { oneLine } from '@graft/plugin';
import { isInside } from '@graft/storage/node';
import { textCell } from '../cells.ts';
import type { Row } from '../examples.ts';
import { type TableOptions, tableRows } from './table.ts';

/** An invalid row of a table, which is skipped. */
export interface QuarantinedRow {
  /** Its row number, from 1. */
  readonly row: number;
  readonly reason: string;
}

export interface ImageRowsOptions extends TableOptions {
  /** The column with the paths of images; default `path`. */
  readonly pathColumn?: string;
  /** The folder that paths are relative to and must stay inside; default the folder of the table. */
  readonly root?: string;
  /** The fraction of rows that may be invalid before the table is rejected; default 0.5. */
  readonly quarantineLimit?: number;
}

/** The images of a table and their targets. */
export interface ImageRows<Target> {
  readonly paths: readonly string[];
  readonly targets: readonly Target[];
  /** Invalid rows, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

/**
 * Reads a CSV or JSON-lines table (`.jsonl`, `.ndjson`) of images in order, without reading the images. Rows without path or target, and
 * rows whose path leads out of the folder, are skipped and listed.
 * @param target reads the target of a row, or throws what is wrong with it
 * @throws if too many rows are invalid, or there are none
 */
export async function imageRows<Target>(
  table: string,
  { pathColumn = 'path', root = dirname(table), quarantineLimit = 0.5, onWarning }: ImageRowsOptions,
  target: (row: Row) => Target,
): Promise<ImageRows<Target>> {
  const paths: string[] = [];
  const targets: Target[] = [];
  const quarantined: QuarantinedRow[] = [];
  let count = 0;
  for await (const row of tableRows(table, { onWarning })) {
    count++;
    try {
      const path = within(root, textCell(row, pathColumn, 'pathColumn'), 'Set root to the folder of the images.');
      targets.push(target(row));
      paths.push(path);
    } catch (error) {
      quarantined.push({ row: count, reason: `Row ${count} of "${table}" ${oneLine((error as Error).message, 300)}` });
    }
  }
  if (count === 0) throw new Error(`"${table}" lists no images. Add rows.`);
  if (quarantined.length > quarantineLimit * count || paths.length === 0)
    throw new Error(
      `${quarantined.length} of ${count} rows cannot be used. The first: ${quarantined[0]!.reason} Fix the rows, or raise quarantineLimit.`,
    );
  return { paths, targets, quarantined };
}

export function pathOf(table: string, paths: readonly string[], index: number): string {
  const path = paths[index];
  if (path !== undefined) return path;
  throw new Error(`There is no sample ${index} in "${table}", which has ${paths.length} images; indices start at 0.`);
}

/** Resolves a path from a table. Tables are untrusted: their paths must stay inside the dataset. @param hint the last sentence of the message */
export function within(root: string, path: string, hint: string): string {
  const file = resolve(root, path);
  if (!path.includes('\0') && file !== resolve(root) && isInside(root, file)) return file;
  throw new Error(`has the path ${JSON.stringify(path)}, which is not a file inside "${root}". ${hint}`);
}
