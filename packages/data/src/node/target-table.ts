import { flagCell, namesCell, numberCell } from '../cells.ts';
import type { Labelled, TargetDataset } from '../labelled.ts';
import { type ImageRows, imageRows, type ImageRowsOptions, pathOf, type QuarantinedRow } from './image-rows.ts';

/** Images that a table names, with numbers to predict. A sample's input is the path of its file. */
export interface TargetTable<Target> extends TargetDataset<Labelled<string, Target>, Target> {
  /** The table's file. */
  readonly table: string;
  /** Rows that were left out, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

export interface MultiLabelTableOptions extends ImageRowsOptions {
  /** The column that lists an image's classes: names with `|` between, or a JSON array of them; default `labels`. */
  readonly labelColumn?: string;
  /** Columns of 0 and 1, one for each class, in place of `labelColumn`. */
  readonly classColumns?: readonly string[];
}

export interface RegressionTableOptions extends ImageRowsOptions {
  /** Columns of numbers; one makes a number a sample, several a vector. Default `target`. */
  readonly targetColumns?: readonly string[];
}

/**
 * Lists images that show any number of classes each, by a CSV or JSON-lines table. Targets are float32, 1 where the class is there;
 * classes are sorted by name, or as `classColumns` has them.
 * @throws where too many rows are wrong, or no row names a class
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
    throw new Error(`"${table}" names no class in "${labelColumn}". Name the column with labelColumn.`);
  const places = new Map(names.map((name, place) => [name, place]));
  const targets = rows.targets.map((classes) => {
    const target = new Float32Array(names.length);
    for (const name of classes) target[places.get(name)!] = 1;
    return target;
  });
  return targetTable(table, names, { ...rows, targets });
}

/**
 * Lists images with numbers to predict, by a CSV or JSON-lines table.
 * @throws where too many rows are wrong
 */
export async function regressionTable(
  table: string,
  { targetColumns = ['target'], ...options }: RegressionTableOptions = {},
): Promise<TargetTable<number | Float32Array>> {
  if (targetColumns.length === 0)
    throw new Error('regressionTable wants one column or more in targetColumns, got none.');
  const rows = await imageRows(table, options, (row) => {
    const numbers = targetColumns.map((column) => numberCell(row, column, 'targetColumns'));
    return numbers.length === 1 ? numbers[0]! : Float32Array.from(numbers);
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
