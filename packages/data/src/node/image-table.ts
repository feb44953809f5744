import { textCell } from '../cells.ts';
import type { Labelled, LabelledDataset } from '../labelled.ts';
import { imageRows, type ImageRowsOptions, pathOf, type QuarantinedRow } from './image-rows.ts';

/** Images that a table names, with their classes. A sample's input is the path of its file. */
export interface ImageTable extends LabelledDataset<Labelled<string>> {
  /** The table's file. */
  readonly table: string;
  /** Rows that were left out, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

export interface ImageTableOptions extends ImageRowsOptions {
  /** The column of class names; default `label`. */
  readonly labelColumn?: string;
}

/**
 * Lists images by a CSV or JSON-lines table (`.jsonl`, `.ndjson`) of paths and class names. Classes are sorted by name, images stay in
 * the table's order; no image is read yet. A row without path or class, or whose path leads out of the folder, is left out and listed.
 * @throws where too many rows are wrong, or there are fewer than two classes
 */
export async function imageTable(
  table: string,
  { labelColumn = 'label', ...options }: ImageTableOptions = {},
): Promise<ImageTable> {
  const {
    paths,
    targets: names,
    quarantined,
  } = await imageRows(table, options, (row) => textCell(row, labelColumn, 'labelColumn'));
  const classes = [...new Set(names)].sort();
  if (classes.length < 2)
    throw new Error(`"${table}" names one class ("${classes[0]}"), and two classes or more are needed. Add rows.`);
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const labels = Int32Array.from(names, (name) => numbers.get(name)!);
  return {
    table,
    classes,
    labels,
    quarantined,
    length: paths.length,
    get(index) {
      const path = pathOf(table, paths, index);
      return { input: path, label: labels[index]!, path };
    },
  };
}
