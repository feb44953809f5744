import { statSync } from 'node:fs';
import { extname } from 'node:path';

/** Whether a path is of a table that names images. */
export const isTable = (path: string): boolean => ['.csv', '.jsonl', '.ndjson'].includes(extname(path).toLowerCase());

/**
 * Opens a table for a task.
 * @param columns what it has to hold, for messages
 * @throws where a path is not of a table, there is none, or it does not hold what is wanted
 */
export async function wantTable<T>(task: string, path: string, columns: string, open: () => Promise<T>): Promise<T> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!isTable(path))
    throw new Error(
      `--task ${task} wants a table that names images, and "${path}" is ${found?.isDirectory() ? 'a folder' : 'none'}. Give --data table.csv (or .jsonl) with the columns ${columns}.`,
    );
  if (!found?.isFile())
    throw new Error(`The table "${path}" ${found ? 'is no file' : 'does not exist'}. Check the path.`);
  try {
    return await open();
  } catch (error) {
    // The command has one option for what the readers of tables have several for.
    throw new Error(
      (error as Error).message
        .replace(/\b(label|class|target)Columns?\b/g, '--targets')
        .replace(', or raise quarantineLimit', ', or take them out'),
      { cause: error },
    );
  }
}
