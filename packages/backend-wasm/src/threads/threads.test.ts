import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { add, type AnyBackend, apply, matmul, mul, ones, type Op, scope, sum, tensor } from '@graft/tensor';
import { build } from 'vite';
import { expect, test, vi } from 'vitest';
import { createWasmBackend, type WasmBackend, type WasmBackendOptions } from '../index.ts';
import { Heap } from '../heap.ts';
import { createMemory } from '../load.ts';
import { ThreadPool } from './pool.ts';

/**
 * A module as a plugin would bring it, for tests; compiled by asc 0.28 -O3 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 16
 * --maximumMemory 65536 --memoryBase 98304 --enable simd,threads from:
 *
 *     let base: usize = 0;
 *     export function setScratch(pointer: usize, bytes: usize): void { base = pointer; }
 *     export function twice(x: usize, y: usize, from: i32, to: i32): void {
 *       for (let i = from; i < to; i++) store<f32>(y + (<usize>i << 2), 2 * load<f32>(x + (<usize>i << 2)));
 *     }
 *     export function whose(y: usize, from: i32, to: i32): void {
 *       for (let i = from; i < to; i++) store<u32>(y + (<usize>i << 2), <u32>base);
 *     }
 *     // The thread whose scratch is at `caller` waits for a second one, which says so, and then stays until the flag is 2, or asks for memory.
 *     export function hang(caller: usize, flag: usize, from: i32, to: i32): void {
 *       if (base == caller) { while (atomic.load<i32>(flag) == 0) {} return; }
 *       atomic.store<i32>(flag, 1);
 *       while (atomic.load<i32>(flag) != 2) {}
 *     }
 *     @external("env", "extendScratch") declare function extendScratch(bytes: usize): usize;
 *     export function grow(caller: usize, flag: usize, bytes: usize, from: i32, to: i32): void {
 *       if (base == caller) { while (atomic.load<i32>(flag) == 0) {} return; }
 *       atomic.store<i32>(flag, 1);
 *       atomic.store<i32>(flag + 4, <i32>extendScratch(bytes));
 *     }
 */
const testModule = Uint8Array.from(
  atob(
    'AGFzbQEAAAABIAVgBH9/f38AYAN/f38AYAJ/fwBgBX9/f39/AGABfwF/AiYCA2Vudg1leHRlbmRTY3JhdGNoAAQDZW52Bm1lbW9yeQIDEICABAMGBQEAAgADBgYBfwFBAAsHNQYKc2V0U2NyYXRjaAADBXR3aWNlAAIFd2hvc2UAAQRoYW5nAAQEZ3JvdwAFBm1lbW9yeQIACrsBBSMAA0AgASACSARAIAAgAUECdGojADYCACABQQFqIQEMAQsLCzMBAX8DQCACIANIBEAgAkECdCIEIAFqIAAgBGoqAgBDAAAAQJQ4AgAgAkEBaiECDAELCwsGACAAJAALLQAjACAARgRAA0AgAf4QAgBFDQALDwsgAUEB/hcCAANAIAH+EAIAQQJHDQALCywAIwAgAEYEQANAIAH+EAIARQ0ACw8LIAFBAf4XAgAgAUEEaiACEAD+FwIACw==',
  ),
  (character) => character.charCodeAt(0),
);

/** A backend whose workers have started. */
async function started(threads: number, options: WasmBackendOptions = {}): Promise<WasmBackend> {
  const backend = await createWasmBackend({ threads, ...options });
  while (backend.threads < threads) await sleep(2);
  return backend;
}

const product = (backend: AnyBackend): number =>
  scope(() => sum(matmul(ones([300, 200], { backend }), ones([200, 300], { backend }))).item());

test('uses the requested number of threads', async () => {
  for (const threads of [1, 2, 3]) {
    const backend = await started(threads);
    expect(backend.threads).toBe(threads);
    expect(product(backend)).toBe(300 * 200 * 300);
    await backend.dispose!();
    expect(backend.threads).toBe(1);
    expect(product(backend)).toBe(300 * 200 * 300);
  }
});

test.each([0, 1.5, 65, Number.NaN])('refuses %s threads', async (threads) => {
  await expect(createWasmBackend({ threads })).rejects.toThrow(
    `threads must be an integer from 1 to 64, got ${threads}.`,
  );
});

test('uses one thread without shared memory', async () => {
  const backend = await createWasmBackend({ threads: 3, shared: false });
  await sleep(50);
  expect(backend.threads).toBe(1);
  expect(product(backend)).toBe(300 * 200 * 300);
});

test('works while its workers start', async () => {
  const backend = await createWasmBackend({ threads: 3 });
  for (let i = 0; i < 50; i++) {
    expect(product(backend)).toBe(300 * 200 * 300);
    await sleep(1);
  }
  await backend.dispose!();
});

/** An op with nothing but a kernel, from a registered module. */
const opOf = (name: string): Op => ({ name, infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }) });

test('a registered module computes on every thread, with scratch of its own in each', async () => {
  const backend = await started(3);
  await backend.registerModule(testModule, ({ twice, whose, hang }, { output, plan, run }) => ({
    twice([x], _attrs, out) {
      const y = output(out);
      run(twice!, 30_000, 1e6, [x!.data.pointer, y.pointer], 16);
      return y;
    },
    whose(_inputs, _attrs, out) {
      const y = output(out);
      const flag = output({ shape: [1], dtype: 'int32' });
      new Int32Array(backend.view!(flag, { shape: [1], dtype: 'int32' }).buffer)[flag.pointer / 4] = 2;
      run(hang!, 2, 1, [plan([]), flag.pointer]); // the flag is up: nobody waits
      backend.release(flag);
      run(whose!, 30_000, 1e9, [y.pointer]);
      return y;
    },
  }));
  scope(() => {
    const x = tensor(
      Float32Array.from({ length: 30_000 }, (_, i) => i),
      { backend },
    );
    for (let round = 0; round < 200; round++) {
      const y = apply(opOf('twice'), [x], undefined).arraySync();
      expect([y[1], y[29_999]]).toEqual([2, 59_998]);
    }
    const seen = new Set<number>();
    for (let round = 0; round < 200 && seen.size < 2; round++)
      for (const bits of new Uint32Array(apply(opOf('whose'), [x], undefined).arraySync().buffer)) seen.add(bits);
    expect(seen.size).toBeGreaterThan(1);
  });
  await backend.dispose!();
});

test('a registered module works without shared memory', async () => {
  const backend = await createWasmBackend({ shared: false });
  await backend.registerModule(testModule, ({ twice }, { output, run }) => ({
    twice([x], _attrs, out) {
      const y = output(out);
      run(twice!, 3, 1, [x!.data.pointer, y.pointer]);
      return y;
    },
  }));
  expect(scope(() => apply(opOf('twice'), [tensor([1, 2, 3], { backend })], undefined).numbers())).toEqual([2, 4, 6]);
});

/** An op whose second thread does something while the first waits for it. */
async function meet(
  backend: WasmBackend,
  name: 'hang' | 'grow',
  ...rest: readonly number[]
): Promise<{ run: () => void; flag: Int32Array }> {
  const spec = { shape: [2], dtype: 'int32' } as const;
  const buffer = backend.allocate!(spec);
  const flag = (backend.view!(buffer, spec) as Int32Array).fill(0);
  await backend.registerModule(testModule, (exports, { output, plan, run }) => ({
    [name](_inputs, _attrs, out) {
      const y = output(out);
      run(exports[name]!, 2, 1e9, [plan([]), buffer.pointer, ...rest]);
      return y;
    },
  }));
  await sleep(50);
  return { run: () => scope(() => void apply(opOf(name), [ones([1], { backend })], undefined)), flag };
}

test('a lost worker causes an error, and the backend continues', async () => {
  const backend = await started(2, { patience: 0.3, name: 'lossy' });
  const { run } = await meet(backend, 'hang');
  const waits = vi.spyOn(Atomics, 'wait');
  expect(run).toThrow(
    'A worker thread of backend "lossy" has not responded for 0.3 seconds: it was terminated, or gets no processor time. This operation failed; ' +
      'the backend continues with the calling thread only. Create a new backend to use more threads.',
  );
  // Three sleeps of 100 ms and no more, however slow the machine is.
  expect(waits.mock.results.filter(({ value }) => value === 'timed-out')).toHaveLength(3);
  waits.mockRestore();
  expect(backend.threads).toBe(1);
  expect(product(backend)).toBe(300 * 200 * 300);
});

test('a worker killed while working causes an error', async () => {
  const workers: Worker[] = [];
  process.once('worker', (worker) => workers.push(worker));
  const { memory, maximum } = createMemory(true, 64 << 20);
  const heap = new Heap(memory, maximum);
  const module = await WebAssembly.compile(testModule);
  const pool = await ThreadPool.start({ threads: 2, heap, module, name: 'killed', patience: 0.3 });
  while (pool.ready < 1) await sleep(2);
  const flag = new Int32Array(memory.buffer, heap.take(8), 2).fill(0);
  const hang = WebAssembly.Module.exports(module).findIndex(({ name }) => name === 'hang');
  const kill = (): void => {
    while (Atomics.load(flag, 0) === 0); // until the worker has the other part
    void workers[0]!.terminate();
  };
  expect(() => pool.run(hang, kill, [0, flag.byteOffset], 2, 1)).toThrow(
    'A worker thread of backend "killed" has not responded for 0.3 seconds',
  );
  expect([pool.size, pool.ready]).toEqual([0, 0]);
});

test('a worker that dies while idle does not matter', async () => {
  const workers: Worker[] = [];
  process.once('worker', (worker) => workers.push(worker));
  const backend = await started(2);
  const dead = workers[0]!.terminate();
  for (let i = 0; i < 20; i++) expect(product(backend)).toBe(300 * 200 * 300);
  await dead;
  await sleep(10);
  expect(backend.threads).toBe(1);
  expect(product(backend)).toBe(300 * 200 * 300);
});

test('workers request scratch on demand', async () => {
  const backend = await started(2);
  const { run, flag } = await meet(backend, 'grow', 50 << 20);
  run();
  expect(flag[1]! >>> 0).toBeGreaterThan(0);
  expect(product(backend)).toBe(300 * 200 * 300);
  await backend.dispose!();
});

test('a worker that runs out of memory reports it', async () => {
  const backend = await started(2, { maximumBytes: 64 << 20 });
  const { run } = await meet(backend, 'grow', 500 << 20);
  expect(run).toThrow('The WebAssembly memory is full: 500.0 MiB were requested');
  expect(product(backend)).toBe(300 * 200 * 300);
  await backend.dispose!();
});

test('works from a bundle, and no worker keeps its process alive', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const [entry, outDir] = [join(root, '.cache', 'threads-entry.js'), join(root, '.cache')]; // beside dist, where the kernels are
  mkdirSync(outDir, { recursive: true });
  writeFileSync(
    entry,
    `
    import { createWasmBackend } from '../src/index.ts';
    import { matmul, ones, scope } from '@graft/tensor';
    const backend = await createWasmBackend({ threads: 3 });
    while (backend.threads < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    scope(() => console.log(backend.threads, matmul(ones([300, 300], { backend }), ones([300, 300], { backend })).numbers()[0]));
  `,
  );
  await build({
    root,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, resolve: { conditions: ['@graft/source'] } },
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'threads-bundle.mjs' } },
    },
  });
  const { stdout } = await promisify(execFile)(process.execPath, [join(outDir, 'threads-bundle.mjs')], {
    timeout: 20_000,
  });
  expect(stdout.trim()).toBe('3 300');
});

test('2,000 steps keep the memory flat', async () => {
  const backend = await started(3);
  const step = (): void =>
    scope(() => {
      const x = ones([64, 300], { backend });
      void sum(mul(add(matmul(x, ones([300, 70], { backend })), 1), 2));
    });
  for (let i = 0; i < 20; i++) step();
  const before = backend.memory!();
  for (let i = 0; i < 2000; i++) step();
  expect(backend.memory!()).toEqual(before);
  await backend.dispose!();
});
