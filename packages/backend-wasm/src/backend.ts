import { arrayOf, type Backend, type BackendMemory, bytesOf, sizeOf, type TensorSpec, type TypedArray } from '@graft/tensor';
import { Engine, type EngineOptions } from './engine.ts';
import type { WasmBuffer } from './heap.ts';
import { kernelsOf, type KernelOptions } from './kernels/index.ts';
import type { Variant } from './load.ts';

export interface WasmBackendOptions extends EngineOptions, KernelOptions {
  /** What the backend is called in messages; default `wasm`. */
  readonly name?: string;
}

export interface WasmBackend extends Backend<WasmBuffer> {
  /** Which binary runs. Results are the same to the bit from run to run only with the same one. */
  readonly variant: Variant;
  /**
   * The multiply-adds on registers alone that one thread reaches, in operations per second: the most that kernels of the relaxed binary
   * can reach. For the strict one it is no bound: there it measures latency.
   */
  measurePeak(): number;
}

/**
 * A backend of SIMD kernels over one WebAssembly memory that the host sees.
 * @throws where the engine has no WebAssembly SIMD, or the kernels were not built
 */
export async function createWasmBackend({ name = 'wasm', winograd, ...options }: WasmBackendOptions = {}): Promise<WasmBackend> {
  const engine = await Engine.create(options);
  const { heap } = engine;
  const view = ({ pointer }: WasmBuffer, { shape, dtype }: TensorSpec): TypedArray => new (arrayOf(dtype))(heap.memory.buffer, pointer, sizeOf(shape));
  const allocate = ({ shape, dtype }: TensorSpec): WasmBuffer => heap.allocate(sizeOf(shape) * bytesOf(dtype));
  return {
    name,
    variant: engine.variant,
    kernels: kernelsOf(engine, { ...(winograd !== undefined && { winograd }) }),
    view,
    allocate,
    write(values, spec) {
      const buffer = allocate(spec);
      view(buffer, spec).set(values as never);
      return buffer;
    },
    // A copy outside the memory: one on shared memory would change under the reader.
    read: async (buffer, spec) => (arrayOf(spec.dtype) as unknown as { from(values: TypedArray): TypedArray }).from(view(buffer, spec)),
    retain: (buffer) => heap.retain(buffer),
    release: (buffer) => heap.release(buffer),
    memory: (): BackendMemory => heap.use,
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
