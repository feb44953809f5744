import {
  type DatasetSource,
  type Labelled,
  listOption,
  readOptions,
  type TargetDataset,
  textOption,
} from '../index.ts';
import {
  cell,
  type ImageRows,
  imageRows,
  type ImageRowsOptions,
  pathOf,
  type QuarantinedRow,
  rowOptions,
} from './image-rows.ts';
import type { Row } from './table.ts';

/** Images that a table names, with numbers to predict. A sample's input is the path of its file. */
export interface TargetTable<Target> extends TargetDataset<Labelled<string, Target>, Target> {
  /** The table's file. */
  readonly table: string;
  /** Rows that were left out, with the reason. */
  readonly quarantined: readonly QuarantinedRow[];
}

export interface MultiLabelTableOptions extends ImageRowsOptions {
  /** The column that lists an image's classes: names with `|` between, or a JSON array of them; `labels` unless told. */
  readonly labelColumn?: string;
  /** Columns of 0 and 1, one for each class, in place of `labelColumn`. */
  readonly classColumns?: readonly string[];
}

export interface RegressionTableOptions extends ImageRowsOptions {
  /** Columns of numbers; one makes a number a sample, several a vector. `target` unless told. */
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
    classColumns ? classColumns.filter((column) => yes(row, column)) : namesIn(row, labelColumn),
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
    const numbers = targetColumns.map((column) => numberIn(row, column));
    return numbers.length === 1 ? numbers[0]! : Float32Array.from(numbers);
  });
  return targetTable(table, targetColumns, rows);
}

/** {@link multiLabelTable}, for configurations. */
export const multiLabelTableSource: DatasetSource = {
  name: 'multiLabelTable',
  open: async (location, options = {}) => {
    const { classColumns, ...read } = readOptions('multiLabelTable', options, {
      ...rowOptions(location),
      labelColumn: textOption('labels'),
      classColumns: listOption([]),
    });
    return multiLabelTable(location, classColumns.length ? { ...read, classColumns } : read);
  },
};

/** {@link regressionTable}, for configurations. */
export const regressionTableSource: DatasetSource = {
  name: 'regressionTable',
  open: async (location, options = {}) =>
    regressionTable(
      location,
      readOptions('regressionTable', options, { ...rowOptions(location), targetColumns: listOption(['target']) }),
    ),
};

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

function yes(row: Row, column: string): boolean {
  const value = cell(row, column, 'classColumns');
  if (value === 1 || value === '1' || value === true || value === 'true') return true;
  if (value === 0 || value === '0' || value === false || value === 'false') return false;
  throw new Error(`has ${JSON.stringify(value)} in "${column}", where 0 or 1 should be.`);
}

/** An image may show nothing: an empty cell names no class. */
function namesIn(row: Row, column: string): string[] {
  const value = row[column] === '' && Object.hasOwn(row, column) ? [] : cell(row, column, 'labelColumn');
  let list: unknown = value;
  if (typeof value === 'string') {
    try {
      list = value.trimStart().startsWith('[')
        ? JSON.parse(value)
        : value
            .split('|')
            .map((name) => name.trim())
            .filter(Boolean);
    } catch {
      list = undefined;
    }
  }
  if (
    Array.isArray(list) &&
    list.every((name) => (typeof name === 'string' && name !== '') || typeof name === 'number')
  )
    return [...new Set(list.map(String))];
  throw new Error(
    `has ${JSON.stringify(value)} in "${column}", where class names with | between or a JSON array of them should be.`,
  );
}

function numberIn(row: Row, column: string): number {
  const value = cell(row, column, 'targetColumns');
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(Math.fround(number))) return Math.fround(number);
  throw new Error(`has ${JSON.stringify(value)} in "${column}", where a number should be.`);
}
