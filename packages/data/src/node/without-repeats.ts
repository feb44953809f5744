import { relative } from 'node:path';
import type { ClassFiles } from './image-folder.ts';

/** Names of files in a message. */
const mostNames = 3;

/**
 * Leaves out files that links list again in the same class and part, and warns of those that are in two classes.
 * @param root which the paths in messages are relative to
 */
export function withoutRepeats(
  root: string,
  classes: readonly ClassFiles[],
): { readonly kept: readonly ClassFiles[]; readonly warnings: readonly string[] } {
  const first = new Map<string, { readonly path: string; readonly name: string; readonly part: string | undefined }>();
  const [again, contradicting]: [string[], string[]] = [[], []];
  const kept = classes.map(({ name, part, files }) => ({
    name,
    part,
    files: files.filter(({ path, real, reason }) => {
      if (reason !== undefined) return true; // not read at all
      const before = first.get(real);
      if (!before) first.set(real, { path, name, part });
      else if (before.name !== name) contradicting.push(pair(root, before.path, path));
      else if (before.part === part) again.push(pair(root, before.path, path));
      return !before || before.name !== name || before.part !== part;
    }),
  }));
  return {
    kept,
    warnings: [
      ...(again.length
        ? [
            `${again.length === 1 ? 'A file is' : `${again.length} files are`} listed more than once through links, and read once: ${shown(again)}.`,
          ]
        : []),
      ...(contradicting.length
        ? [
            `${contradicting.length === 1 ? 'A file is' : `${contradicting.length} files are`} in two classes through links: ${shown(contradicting)}. Remove the wrong links.`,
          ]
        : []),
    ],
  };
}

const pair = (root: string, one: string, other: string): string =>
  [one, other].map((path) => `"${relative(root, path)}"`).join(' and ');

const shown = (pairs: readonly string[]): string =>
  `${pairs.slice(0, mostNames).join(', ')}${pairs.length > mostNames ? ' …' : ''}`;
