import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { changesOf, folderTree, namesOf, type Plan, type Tree } from './changes.mjs';
import { among, inList } from './edits.mjs';
import { generate, generators } from './generators.mjs';

const repository = folderTree(fileURLToPath(new URL('../..', import.meta.url)));

/** A repository with some files changed, in memory. */
const changed = (changes: Readonly<Record<string, string>>, tree: Tree = repository): Tree => ({
  read: (path) => changes[path] ?? tree.read(path),
  children: (folder) => [...new Set([...tree.children(folder), ...Object.keys(changes).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1).split('/')[0]!] : []))])],
});

/** The lines around the first that holds a text. */
const around = (text: string | undefined, line: string): string[] => {
  const lines = text!.split('\n');
  const at = lines.findIndex((one) => one.includes(line));
  expect(at, line).toBeGreaterThanOrEqual(0);
  return [lines[at - 1]!, lines[at]!, lines[at + 1]!];
};

describe.each([...Object.keys(generators).map((kind) => ({ kind, file: undefined })), { kind: 'onnx-operator', file: 'activation' }])('$kind $file', ({ kind, file }) => {
  test('what it writes parses, changes nothing else, and is written once', async () => {
    const { changes, next } = await generate(kind, 'gated-unit', repository, { file });
    expect(next.length).toBeGreaterThan(0);
    const added: string[] = [];
    for (const [path, content] of Object.entries(changes)) {
      expect(content.endsWith('\n') && !content.endsWith('\n\n'), path).toBe(true);
      if (/\.m?ts$|\.mjs$/.test(path)) expect(parseSync(path, content).errors, path).toEqual([]);
      else if (path.endsWith('.json')) JSON.parse(content);
      const before = repository.read(path);
      if (before === undefined) continue;
      // Every line that was there is still there, in its order; what was put into a line took nothing from it.
      const rest = content.split('\n');
      for (const line of before.split('\n')) {
        const at = rest.findIndex((one) => one === line || (one.length > line.length && one.replace(/(, )?('?(\.\.\.)?\b(type )?(scaleBy)?[gG]atedUnit(Operators|Options)?\b'?|'model-gated-unit'|`gated-unit`)(, )?/g, (_, lead = '', _word, _dots, _type, _by, _what, trail = '') => lead && trail ? ', ' : '') === line));
        expect(at, `${path}: ${line}`).toBeGreaterThanOrEqual(0);
        added.push(...rest.splice(0, at + 1).slice(0, -1));
      }
    }
    await expect(generate(kind, 'gated-unit', changed(changes), { file })).rejects.toThrow(/^There is no place for the [a-z-]+ "gated-unit": \S+ is there already\. Choose another name\.$/);
  });
});
