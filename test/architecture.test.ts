import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkImports } from '../tools/architecture/check-imports.mjs';
import { readTree } from '../tools/architecture/read-tree.mjs';

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));

test('reads the whole house', () => {
  for (const place of ['packages/plugin/src/app.ts', 'packages/graft/src/index.ts', 'apps/finetune/src/main.ts'])
    expect(Object.keys(tree)).toContain(place);
});
test('every import points downwards, to a declared package and a published entry point', () =>
  expect(checkImports(tree)).toEqual([]));
