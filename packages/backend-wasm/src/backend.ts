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
  /** Name of the backend in messages; default `wasm`. */
  readonly name?: string;
}

/** The backend of {@link createWasmBackend}: kernels over one WebAssembly memory. */
export interface WasmBackend extends Backend<WasmBuffer> {
  /** The running binary. Results are bit-identical between runs only with the same one. */
  readonly variant: Variant;
  /** Current number of threads, including the calling one: workers join as soon as they have started. */
  readonly threads: number;
  /**
   * The peak rate of multiply-adds on registers in one thread, in operations per second: an upper bound for kernels of the relaxed binary
   * only. For the strict one it measures latency.
   */
  measurePeak(): number;
  /**
   * Adds kernels written in WebAssembly: the module is instantiated on the backend's memory, on every thread, and the kernels returned by `create`
   * are added in front of existing ones, which compute whatever they decline. The module imports `env.memory` (shared, up to 65536 pages) and optionally `env.abort` and
   * `env.extendScratch(bytes)`; its static data must be between 96 KiB, above the backend's own constants, and 128 KiB.
   * If it exports `setScratch(pointer, bytes)`, every thread calls it with its own scratch memory.
   * @throws if the module cannot be compiled or needs other imports
   */
  registerModule(
    source: WasmSource,
    create: (exports: ModuleExports, tools: ModuleTools) => Readonly<Record<string, WasmKernel>>,
  ): Promise<void>;
}

/** Helpers for kernels of a registered module. */
export interface ModuleTools {
  /** Allocates an uninitialised buffer for a result. Every kernel starts with this. */
  output(spec: TensorSpec): WasmBuffer;
  /** Writes up to 1024 integers that all threads can read during the next `run`, and returns their address. */
  plan(values: readonly number[]): number;
  /**
   * Runs an exported function over its units, split between threads if worthwhile: fn(...args, from, to). The result must not depend on how units
   * are split. Up to 24 arguments.
   * @param nanoseconds estimated time in one thread
   * @param grain parts start at multiples of it
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
 * A backend of SIMD kernels over one WebAssembly memory that the host can read.
 * @throws if the engine has no WebAssembly SIMD, or the kernels are not built
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
    // Copies, because a view of shared memory could change while it is read.
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
