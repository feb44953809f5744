// @ts-check
import { installs } from './changes.mjs';
import { before } from './edits.mjs';

/**
 * Generates a plugin in `examples/`: the output of `npm create graft-plugin`, adapted to this workspace.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {Promise<import('./changes.mjs').Plan>}
 * @throws if apps/create-graft-plugin is not built
 */
export async function plugin({ kebab }, tree) {
  const { pluginFiles } = await import('create-graft-plugin/plugin-files').catch((cause) => {
    throw new Error(
      "A plugin's files come from apps/create-graft-plugin, which is not built. Run npm run build, and generate again.",
      { cause },
    );
  });
  const [folder, name] = [`examples/${kebab}`, `graft-plugin-${kebab}`];
  const {
    'package.json': manifest = '{}',
    'tsconfig.json': _,
    '.gitignore': _ignored,
    ...files
  } = pluginFiles(name, '0.0.0');
  return {
    files: Object.fromEntries(
      Object.entries({ 'package.json': inWorkspace(JSON.parse(manifest)), 'tsconfig.json': tsconfig, ...files }).map(
        ([path, content]) => [`${folder}/${path}`, content],
      ),
    ),
    edits: [
      before(
        'tsconfig.json',
        /^ {4}\{\n {6}"path": "\.\/examples\/mish"\n {4}\},?$/gm,
        `    {\n      "path": "./${folder}"\n    },`,
      ),
    ],
    taken: { words: [], in: [] },
    next: [installs(tree), `write its formula in ${folder}/src; continue with docs/guides/write-a-plugin.md`],
  };
}

const json = (/** @type {object} */ value) => `${JSON.stringify(value, null, 2)}\n`;

/** The workspace provides the tools and the packages. @param {Record<string, any>} manifest */
function inWorkspace({
  keywords: _,
  scripts: _scripts,
  devDependencies: _devDependencies,
  peerDependencies,
  exports: { '.': published },
  ...rest
}) {
  return json({
    ...rest,
    private: true,
    exports: { '.': { '@graft/source': './src/index.ts', ...published } },
    dependencies: Object.fromEntries(Object.keys(peerDependencies).map((name) => [name, 'workspace:^'])),
  });
}

const tsconfig = json({
  extends: '../../tsconfig.base.json',
  compilerOptions: { rootDir: 'src', outDir: 'dist' },
  include: ['src'],
  exclude: ['src/**/*.test.ts'],
  references: ['layers', 'plugin', 'tensor'].map((name) => ({ path: `../../packages/${name}` })),
});
