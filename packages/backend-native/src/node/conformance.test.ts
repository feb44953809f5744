import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBackend } from '@graft/tensor/testing';
import { afterAll, expect, test } from 'vitest';
import { nativeChoice } from '../kernel-choice.ts';
import { createNativeBackend, type NativeBackendOptions } from './create-native-backend.ts';
import { installed } from '../../test/installed-libraries.ts';

const cache = mkdtempSync(join(tmpdir(), 'graft-native-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const none = { blas: 'none', oneDnn: 'none' };
const variants: readonly (readonly [string, string | undefined, NativeBackendOptions])[] = [
  ['CBLAS alone', installed.blas, { ...none, blas: installed.blas! }],
  ...(['oneDnn2', 'oneDnn3'] as const).flatMap((library) =>
    ['onednn-plain', 'onednn-blocked'].map(
      (kernel) =>
        [
          `${library}, ${kernel}`,
          installed[library],
          { ...none, oneDnn: installed[library]!, choice: nativeChoice((name) => name === kernel) },
        ] as const,
    ),
  ),
  ['neither', 'no file', none],
];
for (const [name, file, options] of variants) {
  const backend =
    file === undefined
      ? undefined
      : await createNativeBackend({
          choice: 'native',
          ...options,
          name: `native with ${name}`,
          leastProducts: 0,
          threads: 2,
          cache,
        });
  if (backend) describeBackend(backend);
  // The conformance suite would pass on the wasm kernels alone.
  test.skipIf(!backend)(`native with ${name}, which must be installed: its kernels computed`, () => {
    expect(backend!.warnings).toEqual([]);
    const used = new Set(Object.entries(backend!.choices).map(([key, kernel]) => `${key.split(' ')[0]} ${kernel}`));
    const ops = ['conv2d', 'activatedConv2d', 'conv2dInputGrad', 'conv2dWeightGrad'];
    if (file === 'no file') expect(used).toEqual(new Set());
    else if (name === 'CBLAS alone') expect(used).toContain('matmul cblas');
    else for (const op of ops) expect(used).toContain(`${op} ${name.split(', ')[1]}`);
  });
}
