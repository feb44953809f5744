import { conv2d, matmul, ones, scope, sum } from '@graft/tensor';
import { expect, test, vi } from 'vitest';
import { createWasmBackend } from './index.ts';
import { createMemory } from './load.ts';

test('chooses the relaxed binary if the engine supports it, and the strict one on demand', async () => {
  expect((await createWasmBackend()).variant).toBe('relaxed');
  expect((await createWasmBackend({ relaxed: false })).variant).toBe('strict');
});

test('without address space, less is reserved, and then the error names the ways out', async () => {
  const requested: number[] = [];
  const { Memory } = WebAssembly;
  /** A system that grants this many pages. */
  const granting = (most: number): void => {
    requested.length = 0;
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function (descriptor) {
      requested.push(descriptor.maximum!);
      if (descriptor.maximum! > most) throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      return new Memory(descriptor);
    });
  };
  try {
    granting(10_000);
    expect(createMemory(false, 2 ** 32).maximum).toBe(8192 * 65536);
    expect(requested).toEqual([65535, 32768, 16384, 8192]);
    granting(0);
    await expect(createWasmBackend()).rejects.toThrow(
      'The system does not grant the address space for a WebAssembly memory of 256 MiB. Raise the limit (ulimit -v unlimited), set NODE_OPTIONS=--disable-wasm-trap-handler, with which Node.js reserves less, or use the backend "js".',
    );
    expect(requested.at(-1)).toBe(4096);
  } finally {
    vi.restoreAllMocks();
  }
});

test('works without shared memory', async () => {
  const backend = await createWasmBackend({ shared: false });
  scope(() =>
    expect(matmul(ones([20, 30], { backend }), ones([30, 5], { backend })).numbers()).toEqual(Array(100).fill(30)),
  );
  expect(
    backend.view!(backend.allocate!({ shape: [1], dtype: 'float32' }), { shape: [1], dtype: 'float32' }).buffer,
  ).toBeInstanceOf(ArrayBuffer);
});

test.each([true, false])('scratch grows with what kernels need (shared: %s)', async (shared) => {
  const backend = await createWasmBackend({ shared, winograd: false });
  scope(() => {
    const [x, weight] = [ones([1, 160, 96, 96], { backend }), ones([2, 160, 3, 3], { backend })];
    // Twice: within one kernel, then with the scratch joined.
    for (let run = 0; run < 2; run++)
      expect(sum(conv2d(x, weight, { padding: 1 })).item()).toBe(2 * 160 * (9 * 94 * 94 + 6 * 4 * 94 + 4 * 4));
  });
});

test('instances do not share state', async () => {
  const [a, b] = [await createWasmBackend(), await createWasmBackend()];
  const x = ones([4], { backend: a });
  expect(b.memory!().buffers).toBe(0);
  x.dispose();
  expect(a.memory!().buffers).toBe(0);
});
