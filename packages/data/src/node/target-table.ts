import { flagCell, namesCell, numberCell } from '../cells.ts';
import type { Labelled, TargetDataset } from '../labelled.ts';
import { type ImageRows, imageRows, type ImageRowsOptions, pathOf, type QuarantinedRow } from './image-rows.ts';

/** Images and target values listed in a table. A sample's input is the path of its file. */
export interface TargetTable<Target> extends TargetDataset<Labelled<string, Target>, Target> {
  /** The path of the table. */
  readonly table: string;
  /** Invalid rows that were skipped, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

export interface MultiLabelTableOptions extends ImageRowsOptions {
  /** The column with the classes of an image: names separated by `|`, or a JSON array; default `labels`. */
  readonly labelColumn?: string;
  /** Columns of 0 and 1, one per class, instead of `labelColumn`. */
  readonly classColumns?: readonly string[];
}

export interface RegressionTableOptions extends ImageRowsOptions {
  /** Columns of numbers. With one column, targets are numbers; with several, vectors. Default `target`. */
  readonly targetColumns?: readonly string[];
}

/**
 * Lists the images of a CSV or JSON-lines table for multilabel classification. Targets are float32 vectors with 1 for each class of the image.
 * Classes are sorted by name, or in the order of `classColumns`.
 * @throws if too many rows are invalid, or no row has a class
 */
export async function multiLabelTable(
  table: string,
  { labelColumn = 'labels', classColumns, ...options }: MultiLabelTableOptions = {},
): Promise<TargetTable<Float32Array>> {
  const rows = await imageRows(table, options, (row) =>
    classColumns
      ? classColumns.filter((column) => flagCell(row, column, 'classColumns'))
      : namesCell(row, labelColumn, 'labelColumn'),
  );
  const names = classColumns ?? [...new Set(rows.targets.flat())].sort();
  if (names.length === 0)
    throw new Error(`"${table}" has no class names in "${labelColumn}". Name the column with the option labelColumn.`);
  const places = new Map(names.map((name, place) => [name, place]));
  const targets = rows.targets.map((classes) => {
    const target = new Float32Array(names.length);
    for (const name of classes) target[places.get(name)!] = 1;
    return target;
  });
  return targetTable(table, names, { ...rows, targets });
}

/**
 * Lists the images of a CSV or JSON-lines table for regression.
 * @throws if too many rows are invalid
 */
export async function regressionTable(
  table: string,
  { targetColumns = ['target'], ...options }: RegressionTableOptions = {},
): Promise<TargetTable<number | Float32Array>> {
  if (targetColumns.length === 0)
    throw new Error('regressionTable expects one column or more in targetColumns, got none.');
  const rows = await imageRows(table, options, (row) => {
    const numbers = targetColumns.map((column) => numberCell(row, column, 'targetColumns'));
    return numbers.length === 1 ? Math.fround(numbers[0]!) : Float32Array.from(numbers);
  });
  return targetTable(table, targetColumns, rows);
}

function targetTable<Target>(
  table: string,
  names: readonly string[],
  { paths, targets, quarantined }: ImageRows<Target>,
): TargetTable<Target> {
  return {
    table,
    names,
    targets,
    quarantined,
    length: paths.length,
    get(index) {
      const path = pathOf(table, paths, index);
      return { input: path, label: targets[index]!, path };
    },
  };
}
