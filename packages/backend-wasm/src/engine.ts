import { sizeOf, type TensorSpec } from '@graft/tensor';
import type { KernelExports, KernelName, ModuleExports } from './exports.ts';
import { Heap, type WasmBuffer } from './heap.ts';
import { compileKernels, createMemory, instantiate, unshared, type Variant } from './load.ts';
import { canWait, checkThreads, defaultThreads } from './threads/count.ts';
import { LostWorkerError, ThreadPool } from './threads/pool.ts';
import type { WasmMemory, WasmSource } from './web-assembly.ts';

export interface EngineOptions {
  /** Number of threads, including the calling one; default: one per core, at most 8. Results do not depend on it. */
  readonly threads?: number;
  /** Whether to use fused multiply-adds if the engine supports them; default true. */
  readonly relaxed?: boolean;
  /** Whether the memory can be shared between threads; default: if the engine supports it. */
  readonly shared?: boolean;
  /** Maximum size of the memory; default 4 GiB. */
  readonly maximumBytes?: number;
  /** Nanoseconds of work, as kernels estimate it, from which an operation is split between threads; default 30,000. */
  readonly leastWork?: number;
  /** Seconds after which an unresponsive worker is considered dead; default 15. */
  readonly patience?: number;
}

const FIRST_SCRATCH = 4 << 20;
/** Number of integers that fit before the tiles of assembly/scratch.ts. */
const ARGUMENTS = 1024;
/** Parts per thread: faster threads take more. */
const PARTS_PER_THREAD = 4;

/** Ends the threads of unreachable engines. */
const net = new FinalizationRegistry<ThreadPool>((pool) => pool.stop());

/** The kernels, the memory they work on, this thread's scratch, and the other threads. */
export class Engine {
  readonly kernels: KernelExports;
  readonly heap: Heap;
  readonly variant: Variant;
  readonly #isShared: boolean;
  readonly #leastWork: number;
  readonly #pool: ThreadPool | undefined;
  /** Indices of functions in the list shared by all threads. */
  readonly #ids = new Map<unknown, number>();
  #listed = 0;
  readonly #setters: ((pointer: number, bytes: number) => void)[] = [];
  #scratch = { pointer: 0, bytes: 0 };
  /** Memory that kernels requested beyond the scratch; merged with it before the next kernel. */
  readonly #extensions: { pointer: number; bytes: number }[];

  private constructor(
    kernels: KernelExports,
    heap: Heap,
    variant: Variant,
    extensions: { pointer: number; bytes: number }[],
    pool: ThreadPool | undefined,
    leastWork: number,
  ) {
    this.kernels = kernels;
    this.heap = heap;
    this.variant = variant;
    this.#extensions = extensions;
    this.#isShared = !(heap.memory.buffer instanceof ArrayBuffer);
    this.#pool = pool;
    this.#leastWork = leastWork;
    this.#list(kernels);
    this.#setScratch(FIRST_SCRATCH);
    if (pool) net.register(this, pool);
  }

  static async create(
    name: string,
    {
      threads,
      relaxed = true,
      shared = true,
      maximumBytes = 2 ** 32,
      leastWork = 30_000,
      patience = 15,
    }: EngineOptions = {},
  ): Promise<Engine> {
    const count = threads === undefined ? await defaultThreads() : checkThreads(threads);
    const compiled = await compileKernels(relaxed);
    const { memory, maximum, isShared } = memoryFor(shared, maximumBytes);
    const module = isShared ? compiled.module : await WebAssembly.compile(unshared(compiled.bytes));
    const heap = new Heap(memory, maximum);
    const extensions: { pointer: number; bytes: number }[] = [];
    const kernels = await instantiate(module, heap, (signed) => extendScratch(heap, extensions, signed));
    const pool =
      isShared && count > 1 && canWait()
        ? await ThreadPool.start({ threads: count, heap, module, name, patience })
        : undefined;
    return new Engine(kernels as KernelExports, heap, compiled.variant, extensions, pool, leastWork);
  }

  /** Current number of threads, including the calling one. Workers join as soon as they have started. */
  get threads(): number {
    return 1 + (this.#pool?.ready ?? 0);
  }

  /** Allocates a buffer for a result. Every kernel starts with this: scratch that was too small is enlarged here. */
  output({ shape }: TensorSpec, elementBytes = 4): WasmBuffer {
    if (this.#extensions.length) this.#joinScratch();
    return this.heap.allocate(sizeOf(shape) * elementBytes);
  }

  /** Writes integers where kernels read their plan, and returns the address. */
  plan(values: readonly number[]): number {
    const { pointer } = this.#scratch;
    if (values.length > ARGUMENTS)
      throw new Error(`A plan of ${values.length} integers does not fit into ${ARGUMENTS}.`);
    const { int32 } = this.heap.views;
    for (let i = 0, at = pointer / 4; i < values.length; i++) int32[at + i] = values[i]!; // `set` is slower for few values
    return pointer;
  }

  /** Allocates memory for the duration of `use`. */
  borrow(bytes: number, use: (pointer: number) => void): void {
    const pointer = this.heap.take(bytes);
    try {
      use(pointer);
    } catch (error) {
      if (!(error instanceof LostWorkerError)) this.heap.give(pointer, bytes); // a lost worker may still write to it
      throw error;
    }
    this.heap.give(pointer, bytes);
  }

  /**
   * Runs a kernel over its units, split between threads if worthwhile: kernel(...args, from, to). The result must not depend
   * on how units are split.
   * @param nanoseconds estimated time in one thread
   * @param grain parts start at multiples of it
   */
  run(name: KernelName, units: number, nanoseconds: number, args: readonly number[], grain = 1): void {
    this.runFunction(this.kernels[name], units, nanoseconds, args, grain);
  }

  /** The same for a function of any registered module. */
  runFunction(
    kernel: (...args: number[]) => unknown,
    units: number,
    nanoseconds: number,
    args: readonly number[],
    grain = 1,
  ): void {
    if (units <= grain || nanoseconds < this.#leastWork || !this.#pool?.ready) {
      kernel(...args, 0, units);
      return;
    }
    const parts = Math.min(
      (this.#pool.ready + 1) * PARTS_PER_THREAD,
      Math.max(2, Math.ceil((3 * nanoseconds) / this.#leastWork) || 0),
    );
    // Prefer many parts: with seven, one of two threads gets four.
    this.#share(kernel, args, units, Math.max(1, Math.floor(units / parts / grain)) * grain);
  }

  /** The same with parts of `step` units, for kernels that need a fixed size. */
  runSteps(name: KernelName, units: number, nanoseconds: number, args: readonly number[], step: number): void {
    if (units <= step || nanoseconds < this.#leastWork || !this.#pool?.ready) this.kernels[name](...args, 0, units);
    else this.#share(this.kernels[name], args, units, step);
  }

  /** Instantiates a third-party module on this memory, on every thread. */
  async register(source: WasmSource): Promise<ModuleExports> {
    const module =
      source instanceof WebAssembly.Module
        ? source
        : await WebAssembly.compile(this.#isShared ? bytesOf(source) : unshared(bytesOf(source)));
    const exports = await instantiate(module, this.heap, (signed) =>
      extendScratch(this.heap, this.#extensions, signed),
    );
    this.#list(exports);
    exports.setScratch?.(this.#scratch.pointer, this.#scratch.bytes);
    this.#pool?.add(module);
    return exports;
  }

  dispose(): void {
    this.#pool?.stop();
  }

  #share(kernel: (...args: number[]) => unknown, args: readonly number[], units: number, step: number): void {
    this.#pool!.run(this.#ids.get(kernel)!, kernel, args, units, step);
  }

  /** Functions get the same indices as in workers. */
  #list(exports: ModuleExports): void {
    // Two names may refer to one function, which then has two indices.
    for (const value of Object.values(exports)) if (typeof value === 'function') this.#ids.set(value, this.#listed++);
    if (exports.setScratch) this.#setters.push(exports.setScratch);
  }

  #joinScratch(): void {
    const bytes = this.#extensions.reduce((sum, extension) => sum + extension.bytes, this.#scratch.bytes);
    for (const { pointer, bytes } of this.#extensions) this.heap.give(pointer, bytes);
    this.#extensions.length = 0;
    this.heap.give(this.#scratch.pointer, this.#scratch.bytes);
    this.#setScratch(bytes);
  }

  #setScratch(bytes: number): void {
    const pointer = this.heap.take(bytes);
    this.#scratch = { pointer, bytes };
    for (const set of this.#setters) set(pointer, bytes);
  }
}

function bytesOf(source: WasmSource): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(source))
    return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new Error(
    `registerModule expects the bytes of a WebAssembly binary or a WebAssembly.Module, got ${typeof source}. Read the file first.`,
  );
}

function extendScratch(heap: Heap, extensions: { pointer: number; bytes: number }[], signed: number): number {
  const bytes = signed >>> 0;
  const pointer = heap.take(bytes);
  extensions.push({ pointer, bytes });
  return pointer;
}

function memoryFor(shared: boolean, maximumBytes: number): { memory: WasmMemory; maximum: number; isShared: boolean } {
  if (shared) {
    try {
      return { ...createMemory(true, maximumBytes), isShared: true };
    } catch {
      // The engine has no shared memory: use one thread.
    }
  }
  return { ...createMemory(false, maximumBytes), isShared: false };
}
