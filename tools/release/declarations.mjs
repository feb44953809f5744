// @ts-check
// Whether declarations compile in a project that checks those of libraries, too: `strict`, and `skipLibCheck: false`. By itself: those of every package, as built.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from '../api/published.mjs';
import { root } from '../build/build.mjs';
import { run } from './npm.mjs';

/** Projects for Node, and for a browser. @type {Record<string, object>} */
const kinds = {
  node: { lib: ['ES2023'], types: ['node'] },
  browser: { lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], types: [] },
};

/** Kits for tests need the declarations of vitest, which do not compile so. @param {string} entry */
const isForUsers = (entry) => !/\/testing$|\*|json/.test(entry);

/**
 * Compiles imports of entry points, each from a folder that it can be found in.
 * @param {string} folder where the compiler's options go @param {{ name: string, from: string }[]} entries
 * @throws with what the compiler says
 */
export async function checkDeclarations(folder, entries) {
  mkdirSync(folder, { recursive: true });
  const files = entries
    .filter(({ name }) => isForUsers(name))
    .map(({ name, from }, i) => {
      mkdirSync(from, { recursive: true });
      const file = join(from, `declarations-${i}.ts`);
      writeFileSync(file, `export * from '${name}';\n`);
      return relative(folder, file);
    });
  for (const [kind, options] of Object.entries(kinds)) {
    const config = join(folder, `tsconfig.${kind}.json`);
    writeFileSync(
      config,
      JSON.stringify({
        compilerOptions: {
          ...options,
          strict: true,
          skipLibCheck: false,
          module: 'nodenext',
          target: 'es2023',
          noEmit: true,
          typeRoots: [join(root, 'node_modules', '@types')],
        },
        files,
      }),
    );
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], folder);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const entries = publishedPackages(root)
    .filter(({ folder }) => dirname(folder).endsWith('packages'))
    .flatMap(({ folder, entries: own }) =>
      own.map(({ name }) => ({ name, from: join(folder, '.cache', 'declarations') })),
    );
  await checkDeclarations(join(root, 'packages', 'graft', '.cache', 'declarations'), entries).catch((error) => {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  });
}
