// @ts-check
// `node tools/typecheck/typecheck.mjs packages/tensor`: type-checks the tests of a project against the built declarations of the others. Its sources are
// checked by its build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root } from '../build/build.mjs';

const [project] = process.argv.slice(2);
if (!project) throw new Error('typecheck.mjs expects the folder of a project, such as packages/tensor.');
const config = join(root, project, '.cache/tsconfig.test.json');
mkdirSync(join(config, '..'), { recursive: true });
writeFileSync(
  config,
  JSON.stringify({
    extends: '../../../tsconfig.test.json',
    compilerOptions: { customConditions: [] },
    include: ['../src/**/*.test.ts', '../test/**/*.ts'],
  }),
);
try {
  node(join(root, 'node_modules/typescript/bin/tsc'), '-p', config);
} catch {
  process.exitCode = 1; // the compiler has printed why
}
