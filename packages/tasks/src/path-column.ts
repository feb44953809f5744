/** Names of columns with paths of files, the most usual first. */
export const filePathColumns = ['path', 'file', 'filename', 'file_name', 'filepath', 'file_path'];

/** The column with paths, whatever its case; undefined if none has one of the usual names. */
export function givenPathColumn(
  columns: readonly string[],
  usual: readonly string[] = filePathColumns,
): string | undefined {
  for (const name of usual) {
    const found = columns.find((column) => column.trim().toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The column with paths, whatever its case; `path` if none has one of the usual names. */
export const usualPathColumn = (columns: readonly string[] = [], usual?: readonly string[]): string =>
  givenPathColumn(columns, usual) ?? 'path';
