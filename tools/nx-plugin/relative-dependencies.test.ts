import { expect, test } from 'vitest';
import { relativeDependencies } from './relative-dependencies.mjs';

test.each([
  ['an import', `import { a } from '../../../tools/testing/a.ts';`, 'tools/testing'],
  ['an export', `export { a } from '../../../tools/testing/a.ts';`, 'tools/testing'],
  ['a dynamic import', `await import('../../../test/a.ts');`, 'test'],
  ['an import for its effects', `import "../../tensor/src/a.ts";`, 'packages/tensor'],
  ['a URL', `new URL('../../onnx/test/networks/', import.meta.url)`, 'packages/onnx'],
])('%s', (_, text, folder) => expect(relativeDependencies('packages/layers/src/a.test.ts', text)).toEqual([folder]));

test.each([
  ['a file beside it', `import { a } from './a.ts';`],
  ['a package', `import { a } from '@graft/tensor';`],
  ['the root', `new URL('../../..', import.meta.url)`],
  ['a file of no project', `new URL('../../../docs/api/', import.meta.url)`],
])('nothing for %s', (_, text) => expect(relativeDependencies('packages/layers/src/a.ts', text)).toEqual([]));
