import { sizeOf, type TensorSpec } from '@graft/tensor';
import type { KernelExports } from './exports.ts';
import { Heap, type WasmBuffer } from './heap.ts';
import { compileKernels, createMemory, instantiate, unshared, type Variant } from './load.ts';

export interface EngineOptions {
  /** Whether to use fused multiply-adds where the engine has them; default true. */
  readonly relaxed?: boolean;
  /** Whether the memory can be shared between threads; default: where the engine has that. */
  readonly shared?: boolean;
  /** The most the memory may grow to; default 4 GiB. */
  readonly maximumBytes?: number;
}

const FIRST_SCRATCH = 4 << 20;
/** Integers that fit before the tiles of assembly/scratch.ts. */
const ARGUMENTS = 1024;

/** The kernels, the memory they work on, and this instance's scratch. */
export class Engine {
  readonly kernels: KernelExports;
  readonly heap: Heap;
  readonly variant: Variant;
  #scratch = { pointer: 0, bytes: 0 };
  /** What kernels asked for beyond the scratch; joined with it before the next one. */
  readonly #extensions: { pointer: number; bytes: number }[];

  private constructor(kernels: KernelExports, heap: Heap, variant: Variant, extensions: { pointer: number; bytes: number }[]) {
    this.kernels = kernels;
    this.heap = heap;
    this.variant = variant;
    this.#extensions = extensions;
    this.#setScratch(FIRST_SCRATCH);
  }

  static async create({ relaxed = true, shared = true, maximumBytes = 2 ** 32 }: EngineOptions = {}): Promise<Engine> {
    const compiled = await compileKernels(relaxed);
    const { memory, maximum, isShared } = memoryFor(shared, maximumBytes);
    const module = isShared ? compiled.module : await WebAssembly.compile(unshared(compiled.bytes));
    const heap = new Heap(memory, maximum);
    const extensions: { pointer: number; bytes: number }[] = [];
    const kernels = await instantiate(module, heap, (signed) => {
      const bytes = signed >>> 0;
      const pointer = heap.take(bytes);
      extensions.push({ pointer, bytes });
      return pointer;
    });
    return new Engine(kernels, heap, compiled.variant, extensions);
  }

  /** A buffer for a result of four-byte elements. Every kernel begins with this: scratch that was too small is made larger here. */
  output({ shape }: TensorSpec): WasmBuffer {
    if (this.#extensions.length) this.#joinScratch();
    return this.heap.allocate(sizeOf(shape) * 4);
  }

  /** Writes integers where kernels read their plan, and gives the address. */
  plan(values: readonly number[]): number {
    const { pointer } = this.#scratch;
    if (values.length > ARGUMENTS) throw new Error(`A plan of ${values.length} integers does not fit into ${ARGUMENTS}.`);
    const { int32 } = this.heap.views;
    for (let i = 0, at = pointer / 4; i < values.length; i++) int32[at + i] = values[i]!; // `set` is slower for so few
    return pointer;
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
    this.kernels.setScratch(pointer, bytes);
  }
}

function memoryFor(shared: boolean, maximumBytes: number): { memory: WebAssembly.Memory; maximum: number; isShared: boolean } {
  if (shared) {
    try {
      return { ...createMemory(true, maximumBytes), isShared: true };
    } catch {
      // The engine has no shared memory: one thread works without.
    }
  }
  return { ...createMemory(false, maximumBytes), isShared: false };
}
