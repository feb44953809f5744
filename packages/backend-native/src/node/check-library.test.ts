import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matmul, scope, tensor } from '@graft/tensor';
import { afterAll, expect, test } from 'vitest';
import { checkLibrary } from './check-library.ts';
import { createNativeBackend } from './create-native-backend.ts';
import { foreignFunctions } from './foreign.ts';
import { installed } from '../../test/installed-libraries.ts';
import { JsonFile } from './json-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const passed = new JsonFile(join(folder, 'self-tests.json'));
const foreign = await foreignFunctions();
if (typeof foreign === 'string') throw new Error(foreign);
const koffi = foreign.path;

/** Whether this machine has a C compiler, and which. */
function compiler(): string | undefined {
  return ['cc', 'gcc', 'clang'].find((name) => {
    try {
      return execFileSync(name, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      return false;
    }
  });
}
const cc = compiler();

/** A library in which all functions that the self-tests call have the given body. */
function library(name: string, body: string): string {
  const [source, file] = [join(folder, `${name}.c`), join(folder, `lib${name}.so`)];
  const functions = ['cblas_sgemm', 'dnnl_version', 'openblas_set_num_threads'].map(
    (each) => `void *${each}() ${body}`,
  );
  writeFileSync(source, `#include <unistd.h>\n${functions.join('\n')}\n`);
  execFileSync(cc!, ['-shared', '-fPIC', '-o', file, source]);
  return file;
}

test.skipIf(!cc)(
  'with a C compiler: a library that crashes does so in the child process; WebAssembly computes',
  async () => {
    const file = library('crash', '{ *(volatile int *)0 = 1; return 0; }');
    for (const kind of ['blas', 'oneDnn'] as const)
      expect(await checkLibrary(kind, file, { koffi, passed })).toMatch(/crashed with SIG/);
    const backend = await createNativeBackend({
      blas: file,
      oneDnn: file,
      cache: folder,
      threads: 1,
      leastProducts: 0,
    });
    expect(backend.libraries).toEqual([]);
    expect(backend.warnings).toEqual([
      expect.stringMatching(/^The library ".*crash.so" is not used: its self-test crashed with SIG/),
      expect.stringMatching(/^The library ".*crash.so" is not used: its self-test crashed with SIG/),
    ]);
    scope(() => {
      const [a, b] = [tensor([[1, 2]], { backend }), tensor([[3], [4]], { backend })];
      expect(matmul(a, b).numbers()).toEqual([11]);
    });
    await backend.dispose?.();
  },
);

test.skipIf(!cc)('with a C compiler: a library that computes wrong numbers is not used', async () => {
  expect(await checkLibrary('blas', library('zeros', '{ return 0; }'), { koffi, passed })).toBe(
    'its self-test failed: wrong numbers',
  );
});

test.skipIf(!cc)('with a C compiler: a library that ends the process is not used', async () => {
  expect(await checkLibrary('blas', library('exits', '{ _exit(0); }'), { koffi, passed })).toBe(
    'its self-test failed: it ended without a result',
  );
});

test('a file that is not a library, and a missing one, are not used', async () => {
  const file = join(folder, 'text.so');
  writeFileSync(file, 'text');
  expect(await checkLibrary('blas', file, { koffi, passed })).toMatch(/^its self-test failed: Failed to load/);
  expect(await checkLibrary('oneDnn', join(folder, 'missing.so'), { koffi, passed })).toMatch(/Failed to load/);
});

test.skipIf(!installed.blas || !installed.oneDnn2)(
  'with CBLAS and oneDNN 2 installed: a library of another kind is not used',
  async () => {
    expect(await checkLibrary('blas', installed.oneDnn2!, { koffi, passed })).toMatch(/cblas_sgemm/);
    expect(await checkLibrary('oneDnn', installed.blas!, { koffi, passed })).toMatch(/dnnl_version/);
  },
);

test.skipIf(!installed.blas)('with CBLAS installed: a pass is remembered until the file changes', async () => {
  const own = new JsonFile(join(folder, 'remembered.json'));
  expect(await checkLibrary('blas', installed.blas!, { koffi, passed: own })).toBeUndefined();
  // With a path of koffi that does not exist, a second self-test would fail.
  expect(await checkLibrary('blas', installed.blas!, { koffi: '/missing', passed: own })).toBeUndefined();
  own.set(`blas ${installed.blas!}`, 'another file');
  expect(await checkLibrary('blas', installed.blas!, { koffi: '/missing', passed: own })).toMatch(/Cannot find module/);
});

test('without koffi, or with one that cannot be loaded, a sentence says so', async () => {
  expect(await foreignFunctions('koffi-missing')).toBe(
    'The package koffi-missing, which calls native libraries, is not installed: run npm install koffi-missing.',
  );
  const broken = join(folder, 'broken.mjs');
  writeFileSync(broken, 'throw new Error("made for another system")');
  expect(await foreignFunctions(broken)).toMatch(/cannot be loaded: made for another system$/);
});
