import { apiVersion, definePlugin, extensionPoint } from '@graft/plugin';
import { expect, test } from 'vitest';
import { put, workFolder } from '../../test/work-folder.ts';
import { checkInstallation } from './check-installation.ts';
import { listPlugins } from './list-plugins.ts';

const folder = workFolder();
const layer = extensionPoint('layer', 'the head "sequential"');
const base = definePlugin({ name: 'base', apiVersion, contributes: [layer({ name: 'linear' })] });
const plugin = (name: string, value: string, rest = ''): string =>
  put(
    `export default { name: '${name}', apiVersion: 1, ${rest} contributes: [{ point: { label: 'layer', token: Symbol.for('graft/layer') }, value: ${value} }] };`,
    folder,
    `${name}.mjs`,
  );
const careful = plugin(
  'careful',
  `{ name: 'careful', create: (options = {}) => { for (const key of Object.keys(options)) throw new Error('careful has no option "' + key + '".'); return {}; } }`,
);

test('a correct plugin passes, and each contribution lists where it is used', async () => {
  const { plugin: name, holds, findings } = await checkInstallation(careful, [base]);
  expect([name, holds]).toEqual(['careful', true]);
  expect(findings.map(({ what }) => what)).toEqual([
    'manifest',
    'API version',
    'requires',
    'copies',
    'names',
    'installed',
    'layer careful',
  ]);
  expect(findings.at(-1)).toEqual({
    what: 'layer careful',
    holds: true,
    says: 'created without options',
    usedBy: 'the head "sequential"',
  });
});
test('every failure is a finding, even if the plugin cannot be loaded', async () => {
  const clash = plugin('clash', `{ name: 'linear', create: () => 1 }`, `requires: ['absent'],`);
  const { holds, findings } = await checkInstallation(clash, [base]);
  expect(holds).toBe(false);
  expect(findings.filter((one) => !one.holds).map(({ what }) => what)).toEqual(['requires', 'names', 'layer linear']);
  const missing = `${folder}/none.mjs`;
  expect(await checkInstallation(missing, [])).toEqual({
    plugin: missing,
    holds: false,
    findings: [{ what: 'loaded', holds: false, says: `There is no plugin at "${missing}". Check the path.` }],
  });
});
test('the list has standard, given and installed plugins, and loads only given ones', async () => {
  const manifest = { name: 'graft-plugin-idle', version: '2.0.0', keywords: ['graft-plugin'], exports: './index.js' };
  put(JSON.stringify(manifest), folder, 'node_modules/graft-plugin-idle/package.json');
  put('throw new Error("loaded");', folder, 'node_modules/graft-plugin-idle/index.js');
  put(JSON.stringify({ name: 'mine', dependencies: { 'graft-plugin-idle': '2' } }), folder, 'package.json');
  expect(await listPlugins({ standard: [base], given: [careful], project: folder })).toEqual([
    { name: 'base', version: null, apiVersion, from: 'standard', adds: { layer: ['linear'] } },
    { name: 'careful', version: null, apiVersion, from: 'given', adds: { layer: ['careful'] } },
    { name: 'graft-plugin-idle', version: '2.0.0', apiVersion: null, from: 'installed', adds: null },
  ]);
});
