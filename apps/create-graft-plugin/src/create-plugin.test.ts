import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPlugin } from './create-plugin.ts';
import { pluginFiles, tools } from './plugin-files.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'graft-create-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('writes a package with the given name', async () => {
  expect(await createPlugin(folder, '@me/graft-plugin-soft-swish')).toContain('src/soft-swish.ts');
  const at = join(folder, 'graft-plugin-soft-swish');
  expect(JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))).toMatchObject({
    name: '@me/graft-plugin-soft-swish',
    peerDependencies: { '@graft/layers': expect.stringMatching(/^\^\d+\.\d+\.\d+$/) },
  });
  expect(readFileSync(join(at, 'src/soft-swish.ts'), 'utf8')).toContain("configurable('softSwish'");
});
test('Graft packages are peer dependencies with ranges, one for each import', () => {
  const { 'package.json': manifest, ...files } = pluginFiles('graft-plugin-x', '1.2.3');
  const { dependencies, peerDependencies } = JSON.parse(manifest!) as Record<
    string,
    Record<string, string> | undefined
  >;
  const imported = new Set(
    Object.entries(files)
      .filter(([path]) => path.startsWith('src/'))
      .flatMap(([, text]) => [...text.matchAll(/from '(@graft\/\w+)/g)].map(([, name]) => name!)),
  );
  expect(dependencies).toBeUndefined();
  expect(peerDependencies).toEqual(Object.fromEntries([...imported].sort().map((name) => [name, '^1.2.3'])));
});
test.each(['', '../x', 'A', 'a b', 'a/../b', '@a', `a${'b'.repeat(300)}`])(
  '%j is not a valid name',
  async (name) => await expect(createPlugin(folder, name)).rejects.toThrow('is not a valid npm package name'),
);
test('existing files are not changed', async () => {
  await createPlugin(folder, 'graft-x');
  await expect(createPlugin(folder, 'graft-x')).rejects.toThrow(
    /The folder ".*graft-x" is not empty \(\.gitignore\)\. Choose another name, or empty it\./,
  );
  writeFileSync(join(folder, 'graft-y'), '');
  await expect(createPlugin(folder, 'graft-y')).rejects.toThrow('is not a folder (ENOTDIR). Choose another name.');
});
test.each(['graft-plugin-2d', 'graft-plugin', 'graft-plugin-'])('class names are valid: %s', (name) =>
  expect(Object.values(pluginFiles(name, '1.0.0')).join('')).toMatch(/export class [A-Z]\w* extends Module/),
);
test('its tools are those of this repository', () => {
  const { devDependencies } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  for (const [name, version] of Object.entries(tools)) expect(devDependencies[name]).toBe(version);
});
