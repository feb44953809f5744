import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wasmPlugin } from '@graft/backend-wasm';
import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { createBackend, kernel, matmul, scope, tensor, tensorPlugin } from '@graft/tensor';
import { afterAll, expect, test } from 'vitest';
import { nativePlugin } from './index.ts';

const cache = mkdtempSync(join(tmpdir(), 'graft-plugin-'));
const before = { ...process.env };
Object.assign(process.env, { GRAFT_CACHE: cache, GRAFT_BLAS: 'none', GRAFT_ONEDNN: join(cache, 'libdnnl.so.3') });
afterAll(() => {
  for (const name of ['GRAFT_CACHE', 'GRAFT_BLAS', 'GRAFT_ONEDNN'])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  rmSync(cache, { recursive: true, force: true });
});

test('an app creates the backend by name, with kernels that plugins brought for wasm and for it', async () => {
  const heard: string[] = [];
  const listening = (name: string): ReturnType<typeof kernel> =>
    kernel({
      name: `matmul/${name}`,
      op: 'matmul',
      backend: name,
      kernel: () => void heard.push(name),
    });
  const app = await createApp([
    tensorPlugin,
    wasmPlugin,
    nativePlugin,
    definePlugin({ name: 'listening', apiVersion, contributes: [listening('wasm'), listening('native')] }),
  ]);
  const backend = await createBackend(app, 'native');
  expect(backend.name).toBe('native');
  expect(backend.libraries).toEqual([]);
  expect(backend.warnings).toEqual([
    expect.stringMatching(/^The library ".*libdnnl\.so\.3" is not used: its self-test failed: Failed to load/),
  ]);
  scope(() => {
    const [a, b] = [tensor([[1, 2]], { backend }), tensor([[3], [4]], { backend })];
    expect(matmul(a, b).numbers()).toEqual([11]);
  });
  expect(heard).toEqual(['native', 'wasm']); // both declined
  await backend.dispose?.();
});
