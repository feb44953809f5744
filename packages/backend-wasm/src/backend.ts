import {
  addKernel,
  arrayOf,
  type Backend,
  type BackendMemory,
  bytesOf,
  sizeOf,
  type TensorSpec,
  type TypedArray,
} from '@graft/tensor';
import { Engine, type EngineOptions } from './engine.ts';
import type { ModuleExports } from './exports.ts';
import type { WasmBuffer } from './heap.ts';
import { kernelsOf, type KernelOptions, type WasmKernel } from './kernels/index.ts';
import type { Variant } from './load.ts';
import { updatesOf } from './updates.ts';
import type { WasmSource } from './web-assembly.ts';

export interface WasmBackendOptions extends EngineOptions, KernelOptions {
  /** What the backend is called in messages; default `wasm`. */
  readonly name?: string;
}

/** What {@link createWasmBackend} makes: kernels over one WebAssembly memory. */
export interface WasmBackend extends Backend<WasmBuffer> {
  /** Which binary runs. Results are the same to the bit from run to run only with the same one. */
  readonly variant: Variant;
  /** Threads that compute now, the calling one included: workers join as soon as they have started. */
  readonly threads: number;
  /**
   * The multiply-adds on registers alone that one thread reaches, in operations per second: the most that kernels of the relaxed binary
   * can reach. For the strict one it is no bound: there it measures latency.
   */
  measurePeak(): number;
  /**
   * Adds kernels that are written in WebAssembly: the module is instantiated on the backend's memory, on every thread, and what `create`
   * returns joins `kernels`, before a kernel that is there already: what the new one declines, the old one computes. The module imports `env.memory` (shared, up to 65536 pages) and, as it needs them, `env.abort` and
   * `env.extendScratch(bytes)`; its static data must lie below 128 KiB and above what the backend's own constants take: at 96 KiB and up.
   * Where it exports `setScratch(pointer, bytes)`, every thread calls it with scratch memory of its own.
   * @throws if the module cannot be compiled or expects other imports
   */
  registerModule(
    source: WasmSource,
    create: (exports: ModuleExports, tools: ModuleTools) => Readonly<Record<string, WasmKernel>>,
  ): Promise<void>;
}

/** What kernels of a registered module work with. */
export interface ModuleTools {
  /** A buffer for a result, with any contents. Every kernel begins with this. */
  output(spec: TensorSpec): WasmBuffer;
  /** Writes up to 1024 integers where all threads can read them during the next `run`, and gives their address. */
  plan(values: readonly number[]): number;
  /**
   * Runs an exported function over its units, in parts on several threads where that pays: fn(...args, from, to). How the units are cut must
   * not matter to the result. Up to 24 arguments.
   * @param nanoseconds about what it takes one thread
   * @param grain parts begin at multiples of it
   */
  run(
    fn: (...args: number[]) => unknown,
    units: number,
    nanoseconds: number,
    args: readonly number[],
    grain?: number,
  ): void;
}

/**
 * A backend of SIMD kernels over one WebAssembly memory that the host sees.
 * @throws if the engine has no WebAssembly SIMD, or the kernels were not built
 */
export async function createWasmBackend({
  name = 'wasm',
  winograd,
  ...options
}: WasmBackendOptions = {}): Promise<WasmBackend> {
  const engine = await Engine.create(name, options);
  const { heap } = engine;
  const kernels = kernelsOf(engine, { ...(winograd !== undefined && { winograd }) });
  const view = ({ pointer }: WasmBuffer, { shape, dtype }: TensorSpec): TypedArray =>
    new (arrayOf(dtype))(heap.memory.buffer, pointer, sizeOf(shape));
  const allocate = ({ shape, dtype }: TensorSpec): WasmBuffer => heap.allocate(sizeOf(shape) * bytesOf(dtype));
  return {
    name,
    variant: engine.variant,
    get threads() {
      return engine.threads;
    },
    kernels,
    updates: updatesOf(engine),
    view,
    allocate,
    write(values, spec) {
      const buffer = allocate(spec);
      view(buffer, spec).set(values as never);
      return buffer;
    },
    // A copy outside the memory: one on shared memory would change under the reader.
    read: async (buffer, spec) =>
      (arrayOf(spec.dtype) as unknown as { from(values: TypedArray): TypedArray }).from(view(buffer, spec)),
    retain: (buffer) => heap.retain(buffer),
    release: (buffer) => heap.release(buffer),
    memory: (): BackendMemory => heap.use,
    dispose: () => engine.dispose(),
    async registerModule(source, create) {
      const exports = await engine.register(source);
      const tools: ModuleTools = {
        output: (spec) => engine.output(spec, bytesOf(spec.dtype)),
        plan: (values) => engine.plan(values),
        run: (...args) => engine.runFunction(...args),
      };
      for (const [op, kernel] of Object.entries(create(exports, tools))) addKernel({ kernels }, op, kernel);
    },
    measurePeak() {
      const iterations = 1e6;
      let seconds = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 60; run++) {
        const start = performance.now();
        engine.kernels.peak(iterations);
        seconds = Math.min(seconds, (performance.now() - start) / 1000);
      }
      return (80 * iterations) / seconds;
    },
  };
}
