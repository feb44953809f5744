/** Versions of the build and test tools of a new plugin: the same as Graft's. */
export const tools = { typescript: '7.0.2', vitest: '4.1.12' };

/**
 * The files of a new plugin, by path: a layer, its tests, and everything a package needs.
 * @param graft the version of Graft it is written for
 */
export function pluginFiles(name: string, graft: string): Record<string, string> {
  const words = name
    .split('/')
    .at(-1)!
    .replace(/^graft-(plugin-)?/, '')
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const className =
    words
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join('')
      .replace(/^(?=\d)/, 'My') || 'MyLayer';
  const layerName = className[0]!.toLowerCase() + className.slice(1);
  const range = `^${graft}`;
  const peers = { '@graft/layers': range, '@graft/plugin': range, '@graft/tensor': range };
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'package.json': json({
      name,
      version: '0.1.0',
      description: `The layer ${className} for Graft.`,
      license: 'MIT',
      type: 'module',
      keywords: ['graft-plugin'],
      sideEffects: false,
      engines: { node: '>=20.19.0' },
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      files: ['dist'],
      scripts: { build: 'tsc', test: 'vitest run', prepack: 'npm run build' },
      // Peer dependencies use the project's own copies, so there is only one of each.
      peerDependencies: peers,
      devDependencies: { ...peers, ...tools },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'ES2023',
        module: 'NodeNext',
        strict: true,
        declaration: true,
        rootDir: 'src',
        outDir: 'dist',
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        types: [],
      },
      include: ['src'],
      exclude: ['src/**/*.test.ts'],
    }),
    '.gitignore': 'node_modules\ndist\n',
    'README.md': `# ${name}

The layer ${className} for Graft: x · sigmoid(beta · x).

\`\`\`ts
import { createApp } from '@graft/plugin';
import { layer, layersPlugin } from '@graft/layers';
import { tensor, tensorPlugin } from '@graft/tensor';
import plugin from '${name}';

const app = await createApp([tensorPlugin, layersPlugin, plugin]);
const made = app.get(layer, '${layerName}').create({ beta: 2 });
console.log(made.forward(tensor([-1, 0, 1])).numbers());
\`\`\`

To use it with the graft command, list it in the configuration: \`plugins: ['${name}']\`.
`,
    'src/index.ts': `import { layersPlugin } from '@graft/layers';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { ${className}Layer } from './${words.join('-') || 'my-layer'}.ts';

export { ${className} } from './${words.join('-') || 'my-layer'}.ts';

/** The plugin: everything this package adds to an app. */
const plugin: Plugin = definePlugin({ name: '${name}', apiVersion, requires: [layersPlugin.name], contributes: [${className}Layer] });
export default plugin;
`,
    [`src/${words.join('-') || 'my-layer'}.ts`]: `import { layer, Module } from '@graft/layers';
import { configurable } from '@graft/plugin';
import { mul, sigmoid, type Tensor } from '@graft/tensor';

export interface ${className}Options {
  /** Steepness; default 1. */
  readonly beta?: number;
}

/** x · sigmoid(beta · x), of any shape. Replace it with your own arithmetic: gradient and ONNX export follow from its ops. */
export class ${className} extends Module {
  readonly beta: number;

  /** @throws if beta is not a number */
  constructor({ beta = 1 }: ${className}Options = {}) {
    super();
    if (!Number.isFinite(beta)) throw new Error(\`${className} expects beta to be a number, got \${beta}.\`);
    this.beta = beta;
  }

  override forward(x: Tensor): Tensor {
    return mul(x, sigmoid(mul(x, this.beta)));
  }
}

/** Lets configurations create it by name, and rejects unknown options. */
export const ${className}Layer = layer(configurable('${layerName}', (options: ${className}Options) => new ${className}(options), { beta: 'number' }));
`,
    'src/index.test.ts': `import { layersPlugin } from '@graft/layers';
import { describeLayer } from '@graft/layers/testing';
import { describePlugin } from '@graft/plugin/testing';
import { tensor, tensorPlugin } from '@graft/tensor';
import { expect, test } from 'vitest';
import plugin, { ${className} } from './index.ts';

describePlugin(plugin, { after: [tensorPlugin, layersPlugin], options: { ${layerName}: { beta: 2 } } });
describeLayer('${className}', () => new ${className}({ beta: 2 }), [{ shape: [2, 3] }]);

test('its values', () => {
  const [low, zero, high] = new ${className}().forward(tensor([-1, 0, 1])).numbers();
  expect(low).toBeCloseTo(-0.268941, 5);
  expect(zero).toBe(0);
  expect(high).toBeCloseTo(0.731059, 5);
});
`,
  };
}
