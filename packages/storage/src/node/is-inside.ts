import { isAbsolute, relative, resolve, sep } from 'node:path';

/** Whether a path is a folder or inside it. It compares paths only: resolve links with `realpath` first. */
export function isInside(folder: string, path: string): boolean {
  const inside = relative(resolve(folder), resolve(path));
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside); // absolute: another drive of Windows
}
