import { extname } from 'node:path';
import { statSync } from 'node:fs';

/** Whether a path is of a table that names images. */
export const isTable = (path: string): boolean => ['.csv', '.jsonl', '.ndjson'].includes(extname(path).toLowerCase());

/** @throws where a path is not of a table, or there is none */
export function wantTable(task: string, path: string, columns: string): void {
  if (!isTable(path)) throw new Error(`--task ${task} wants a table that names images, and "${path}" is ${statSync(path, { throwIfNoEntry: false })?.isDirectory() ? 'a folder' : 'none'}. Give --data table.csv (or .jsonl) with the columns ${columns}.`);
  wantFile(path);
}

/** @throws where there is no file at a path */
export function wantFile(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Error(`The table "${path}" ${statSync(path, { throwIfNoEntry: false }) ? 'is no file' : 'does not exist'}. Check the path.`);
}
