import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

/**
 * The folders in which packages of a project or of an installation are searched for, nearest first: `node_modules`, then those of the variable NODE_PATH. Node
 * searches up to the root of the disk, where another user may have put a folder; this ends at the project, its workspace or the installation, and before any
 * folder that others can write to.
 */
export const moduleFolders = (from: string): string[] => [
  ...foldersAbove(from),
  ...(process.env['NODE_PATH'] ?? '').split(delimiter).filter(Boolean),
];

function foldersAbove(from: string): string[] {
  const found: string[] = [];
  const top = topOf(resolve(from));
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (!isOurs(folder)) return found;
    if (basename(folder) !== 'node_modules') found.push(join(folder, 'node_modules'));
    if (folder === top || folder === dirname(folder)) return found;
  }
}

/** Where the search ends: beside the outermost `node_modules` of an installed package, otherwise at the workspace or the project. */
function topOf(from: string): string {
  const ancestors = [from];
  while (ancestors.at(-1) !== dirname(ancestors.at(-1)!)) ancestors.push(dirname(ancestors.at(-1)!));
  const installed = ancestors.findLast((folder) => basename(folder) === 'node_modules');
  if (installed) return dirname(installed);
  return ancestors.find(isWorkspace) ?? ancestors.find((folder) => existsSync(join(folder, 'package.json'))) ?? from;
}

function isWorkspace(folder: string): boolean {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return true;
  try {
    return 'workspaces' in (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object);
  } catch {
    return false;
  }
}

/** Whether only the current user or the administrator can put files into a folder. */
function isOurs(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found || process.getuid === undefined) return found !== undefined; // Windows has no such modes
  return (found.mode & 0o002) === 0 && (found.uid === process.getuid() || found.uid === 0);
}
