import { dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Labelled, LabelledDataset } from '../labelled.ts';
import { csvRows, jsonLines } from './table.ts';

/** Images that a table names, with their classes. A sample's input is the path of its file. */
export interface ImageTable extends LabelledDataset<Labelled<string>> {
  /** The table's file. */
  readonly table: string;
}

export interface ImageTableOptions {
  /** The column of paths; `path` unless told. */
  readonly pathColumn?: string;
  /** The column of class names; `label` unless told. */
  readonly labelColumn?: string;
  /** The folder that paths are relative to, and within; the table's own unless told. */
  readonly root?: string;
}

/**
 * Lists images by a CSV or JSON-lines table (`.jsonl`, `.ndjson`) of paths and class names. Classes are sorted by name, images stay in
 * the table's order; no image is read yet.
 * @throws where a row has no path or class, a path leads out of the folder, or there are fewer than two classes
 */
export async function imageTable(table: string, { pathColumn = 'path', labelColumn = 'label', root = dirname(table) }: ImageTableOptions = {}): Promise<ImageTable> {
  const paths: string[] = [];
  const names: string[] = [];
  const field = (row: Readonly<Record<string, unknown>>, column: string): string => {
    const value = Object.hasOwn(row, column) ? row[column] : undefined;
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return `${value}`;
    throw new Error(`Row ${paths.length + 1} of "${table}" has no "${column}"; it has: ${Object.keys(row).join(', ')}. Name the columns with pathColumn and labelColumn.`);
  };
  for await (const row of ['.jsonl', '.ndjson'].includes(extname(table).toLowerCase()) ? jsonLines(table) : csvRows(table)) {
    const [path, name] = [field(row, pathColumn), field(row, labelColumn)];
    paths.push(within(root, path, `Row ${paths.length + 1} of "${table}"`));
    names.push(name);
  }
  const classes = [...new Set(names)].sort();
  if (classes.length < 2) throw new Error(`"${table}" names ${classes.length ? `one class ("${classes[0]}")` : 'no images'}, and two classes or more are needed. Add rows.`);
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const labels = Int32Array.from(names, (name) => numbers.get(name)!);
  return {
    table, classes, labels,
    length: paths.length,
    get(index) {
      const path = paths[index];
      if (path === undefined) throw new Error(`There is no sample ${index} in "${table}", which names ${paths.length} images numbered from 0.`);
      return { input: path, label: labels[index]!, path };
    },
  };
}

/** A table may come from a stranger: it names no files outside of the data set. */
function within(root: string, path: string, place: string): string {
  const file = resolve(root, path);
  const inside = relative(resolve(root), file);
  if (!path.includes('\0') && inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return file;
  throw new Error(`${place} names ${JSON.stringify(path)}, which is no file inside "${root}". Give the folder of the images as root.`);
}
