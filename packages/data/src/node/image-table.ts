import { textCell } from '../cells.ts';
import type { Labelled, LabelledDataset } from '../labelled.ts';
import { imageRows, type ImageRowsOptions, pathOf, type QuarantinedRow } from './image-rows.ts';

/** Images and classes listed in a table. A sample's input is the path of its file. */
export interface ImageTable extends LabelledDataset<Labelled<string>> {
  /** The path of the table. */
  readonly table: string;
  /** Invalid rows that were skipped, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

export interface ImageTableOptions extends ImageRowsOptions {
  /** The column with class names; default `label`. */
  readonly labelColumn?: string;
}

/**
 * Lists the images of a CSV or JSON-lines table (`.jsonl`, `.ndjson`) of paths and class names, without reading them. Classes are sorted by name;
 * images keep the order of the table. Rows without path or class, and rows whose path leads out of the folder, are skipped and listed.
 * @throws if too many rows are invalid, or there are fewer than two classes
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
    throw new Error(
      `"${table}" has one class ("${classes[0]}"), but two or more are needed. Add rows of another class.`,
    );
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
