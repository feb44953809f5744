import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatasetSource, SourceExample } from '../index.ts';
import { diskFile, isTable } from './disk-file.ts';
import { within } from './image-rows.ts';
import { tableRows } from './table.ts';

/** The way out for a path that leads out of the folder. */
const hint = 'Set the option pathRoot to the folder that the paths are relative to.';

const rowsBetweenChecks = 4096;

/** Opens a CSV or JSON-lines table on disk, with one row per example. Paths are relative to its folder or `pathRoot` and must stay inside it, and so must links without `followLinks`. */
export const tableSource: DatasetSource = {
  name: 'table',
  opens: 'a table (.csv, .jsonl, .ndjson)',
  accepts: (location) => typeof location === 'string' && isTable(location),
  async open(location, { noun, followLinks, pathRoot, signal }) {
    const table = location as string;
    const found = statSync(table, { throwIfNoEntry: false });
    if (!found?.isFile())
      throw new Error(`The table "${table}" ${found ? 'is not a file' : 'does not exist'}. Check the path.`);
    const list: SourceExample[] = [];
    const columns = new Set<string>();
    const warnings: string[] = [];
    for await (const fields of tableRows(table, { onWarning: (message) => warnings.push(message) })) {
      if (list.length % rowsBetweenChecks === 0) signal?.throwIfAborted();
      list.push({ place: `Row ${list.length + 1} of "${table}"`, fields });
      for (const column of Object.keys(fields)) columns.add(column);
    }
    if (!list.length) throw new Error(`"${table}" lists no ${noun}. Add rows.`);
    const root = pathRoot ?? dirname(table);
    const inside = followLinks ? undefined : root;
    return {
      root,
      list,
      columns: [...columns],
      ignored: [],
      warnings,
      file: (path) => diskFile(within(root, path, hint), { root: inside }),
    };
  },
};
