// @ts-check
import { installs } from './changes.mjs';
import { afterLast, before, inList } from './edits.mjs';

/** The layer of a new package, above `@graft/tensor`. */
const place = 2;

/**
 * Generates a package with its own extension point and one contribution.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 * @throws if its name equals that of one of its files
 */
export function packageOf(names, tree) {
  const { kebab } = names;
  if (['index', 'kits', 'shifted'].includes(kebab))
    throw new Error(`A new package already has a file ${kebab}.ts. Choose another name than "${kebab}".`);
  const [folder, row] = [`packages/${kebab}`, `| [\`${kebab}\`](packages/${kebab}) | short description |`];
  return {
    files: {
      [`${folder}/package.json`]: manifest(kebab),
      [`${folder}/tsconfig.json`]: tsconfig,
      [`${folder}/README.md`]: readme(names),
      [`${folder}/src/${kebab}.ts`]: point(names),
      [`${folder}/src/shifted.ts`]: contribution(names),
      [`${folder}/src/shifted.test.ts`]: contributionTest,
      [`${folder}/src/plugin.ts`]: plugin(names),
      [`${folder}/src/index.ts`]: index(names),
      [`${folder}/src/kits.test.ts`]: kits(names),
    },
    edits: [
      before(
        'tsconfig.json',
        /^ {4}\{\n {6}"path": "\.\/packages\/graft"\n {4}\},$/gm,
        `    {\n      "path": "./${folder}"\n    },`,
      ),
      afterLast(
        'tools/architecture/layers.mjs',
        new RegExp(`^  \\S+: ${place},$`, 'gm'),
        `  ${/-/.test(kebab) ? `'${kebab}'` : kebab}: ${place},`,
      ),
      inList('CONTRIBUTING.md', new RegExp(`^\\| ${place} +\\| (.*?) +\\|$`, 'dgm'), `\`${kebab}\``, { last: true }),
      before('README.md', /^\| \[`graft`\]\(packages\/graft\) +\|.*$/gm, row),
    ],
    taken: { words: [], in: [] },
    next: [
      installs(tree),
      `it is in layer ${place} of tools/architecture/layers.mjs and CONTRIBUTING.md, above tensor: raise it if it depends on more`,
      'describe it in README.md; to include it in @graft/graft, add it to packages/graft: package.json, tsconfig.json, index.ts, standard-plugins.ts; npm run changeset',
    ],
  };
}

const json = (/** @type {object} */ value) => `${JSON.stringify(value, null, 2)}\n`;

const manifest = (/** @type {string} */ kebab) => {
  const published = { types: './dist/index.d.ts', default: './dist/index.js' };
  return json({
    name: `@graft/${kebab}`,
    version: '0.1.0',
    description: 'Short description.',
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19.0' },
    exports: { '.': { '@graft/source': './src/index.ts', ...published } },
    files: ['dist', 'src', '!**/*.test.ts', '!**/*.tsbuildinfo'],
    publishConfig: { access: 'public', exports: { '.': published } },
    dependencies: { '@graft/plugin': 'workspace:^', '@graft/tensor': 'workspace:^' },
  });
};

const tsconfig = json({
  extends: '../../tsconfig.base.json',
  compilerOptions: { rootDir: 'src', outDir: 'dist' },
  include: ['src'],
  exclude: ['src/**/*.test.ts'],
  references: [{ path: '../plugin' }, { path: '../tensor' }],
});

const readme = (/** @type {import('./changes.mjs').Names} */ { kebab, camel }) => `# @graft/${kebab}

One sentence that describes the package.

\`\`\`ts
import { ${camel}, ${camel}Plugin } from '@graft/${kebab}';
import { createApp } from '@graft/plugin';
import { tensor } from '@graft/tensor';

const app = await createApp([${camel}Plugin]);
const shift = app.get(${camel}, 'shifted').create({ by: 2 });
console.log(shift(tensor([1, 2, 3])).numbers()); // [ 3, 4, 5 ]
\`\`\`

* \`${camel}\` is the extension point: plugins contribute more, and configurations use them by name.
* \`shifted({ by })\` adds a number.
`;

const point = (
  /** @type {import('./changes.mjs').Names} */ { camel, pascal },
) => `import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Tensor } from '@graft/tensor';

/** The contract of this package; as a placeholder, a function of a tensor. */
export type ${pascal} = (x: Tensor) => Tensor;

/** A {@link ${pascal}} that configurations can create by name and options. */
export interface ${pascal}Type extends Named {
  create(options?: object): ${pascal};
}
/** The extension point for \`${camel}\`. */
export const ${camel}: ExtensionPoint<${pascal}Type> = extensionPoint('${camel}');
`;

const contribution = (
  /** @type {import('./changes.mjs').Names} */ { kebab, pascal },
) => `import { add } from '@graft/tensor';
import type { ${pascal} } from './${kebab}.ts';

export interface ShiftedOptions {
  /** The number to add; default 1. */
  readonly by?: number;
}

/** x + by, of any shape. @throws if by is not a number */
export function shifted({ by = 1 }: ShiftedOptions = {}): ${pascal} {
  if (!Number.isFinite(by)) throw new Error(\`shifted expects by to be a number, got \${by}.\`);
  return (x) => add(x, by);
}
`;

const contributionTest = `import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { shifted } from './index.ts';

test('adds', () => expect(shifted({ by: -2 })(tensor([1, 2])).numbers()).toEqual([-1, 0]));
test('values that are not numbers are rejected', () => expect(() => shifted({ by: Number.NaN })).toThrow('shifted expects by to be a number, got NaN.'));
`;

const plugin = (
  /** @type {import('./changes.mjs').Names} */ { kebab, camel },
) => `import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { ${camel} } from './${kebab}.ts';
import { shifted } from './shifted.ts';

/** What \`@graft/${kebab}\` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/${kebab}',
  apiVersion,
  contributes: [${camel}(configurable('shifted', shifted, { by: 'number' }))],
});
export default plugin;
`;

const index = (
  /** @type {import('./changes.mjs').Names} */ { kebab, camel, pascal },
) => `export { ${camel}, type ${pascal}, type ${pascal}Type } from './${kebab}.ts';
export { default as ${camel}Plugin } from './plugin.ts';
export { shifted, type ShiftedOptions } from './shifted.ts';
`;

const kits = (
  /** @type {import('./changes.mjs').Names} */ { camel },
) => `import { describePlugin } from '@graft/plugin/testing';
import { ${camel}Plugin } from './index.ts';

describePlugin(${camel}Plugin, { options: { shifted: { by: 3 } } });
`;
