import { Heap } from './heap.ts';
import type { ModuleExports } from './exports.ts';
import type { CompiledModule, WasmMemory } from './web-assembly.ts';

/** The variant of the binary: with relaxed SIMD (fused multiply-adds) or without. */
export type Variant = 'strict' | 'relaxed';

/** 4 GiB minus one page: all addresses, including one past the end, fit in 32 bits. */
const MOST_PAGES = 65535;

// The same path from src/ and from dist/; written out so bundlers find both files.
const locations: Record<Variant, () => URL> = {
  strict: () => new URL('../dist/kernels.strict.wasm', import.meta.url),
  relaxed: () => new URL('../dist/kernels.relaxed.wasm', import.meta.url),
};

/** Compiles the binary for this engine: relaxed if requested and supported, otherwise strict. */
export async function compileKernels(
  relaxed: boolean,
): Promise<{ module: CompiledModule; variant: Variant; bytes: Uint8Array<ArrayBuffer> }> {
  for (const variant of relaxed ? (['relaxed', 'strict'] as const) : (['strict'] as const)) {
    const bytes = await readBytes(locations[variant]());
    if (WebAssembly.validate(bytes) || (variant === 'relaxed' && (await enableRelaxed(bytes))))
      return { module: await WebAssembly.compile(bytes), variant, bytes };
  }
  throw new Error(
    'This JavaScript engine does not support WebAssembly SIMD. Use Node.js 20, a browser from 2023 or later, or the backend "js".',
  );
}

async function readBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    try {
      return new Uint8Array(await readFile(url));
    } catch (cause) {
      throw new Error(
        `The WebAssembly kernels are not at ${url}. In the repository, build them with: node tools/build-wasm/build-wasm.mjs`,
        { cause },
      );
    }
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `The WebAssembly kernels could not be fetched from ${url}: ${response.status} ${response.statusText}. Serve the files of @graft/backend-wasm/dist next to its code.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}

/** Node.js 20 has relaxed SIMD behind a flag of V8. */
async function enableRelaxed(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (!globalThis.process?.versions?.v8) return false;
  const v8 = await import('node:v8');
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes);
}

/** A linear memory, shared between threads if the engine supports it. Reserves address space; memory is allocated on use. */
export function createMemory(shared: boolean, maximumBytes: number): { memory: WasmMemory; maximum: number } {
  const wanted = Math.min(MOST_PAGES, Math.max(512, Math.floor(maximumBytes / 65536)));
  for (let maximum = wanted; ; maximum = Math.ceil(maximum / 2)) {
    try {
      return {
        memory: new WebAssembly.Memory({ initial: Math.min(256, maximum), maximum, shared }),
        maximum: maximum * 65536,
      };
    } catch (error) {
      // Some engines refuse to reserve 4 GiB, but only a limit of address space refuses 256 MiB.
      if (maximum <= 4096)
        throw new Error(
          `The system does not grant the address space for a WebAssembly memory of ${(maximum * 65536) / 2 ** 20} MiB. Raise the limit (ulimit -v unlimited), set NODE_OPTIONS=--disable-wasm-trap-handler, with which Node.js reserves less, or use the backend "js".`,
          { cause: error },
        );
    }
  }
}

/** Instantiates a module on a heap; every thread has its own instance. */
export async function instantiate(
  module: CompiledModule,
  heap: Heap,
  extendScratch: (bytes: number) => number,
): Promise<ModuleExports> {
  const abort = (): never => {
    throw new Error('A WebAssembly kernel aborted. This is a bug in @graft/backend-wasm.');
  };
  const instance = await WebAssembly.instantiate(module, {
    env: { memory: heap.memory as WebAssembly.Memory, abort, extendScratch },
  });
  return instance.exports as unknown as ModuleExports;
}

/** The same binary for unshared memory, for engines without shared memory: one flag in its import section. */
export function unshared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const name = new TextEncoder().encode('\x03env\x06memory\x02'); // module, field, kind: memory
  const at = copy.findIndex((_, i) => name.every((byte, k) => copy[i + k] === byte));
  const flags = at + name.length;
  if (at < 0 || copy[flags] !== 3)
    throw new Error('A WebAssembly module for this backend must import a shared memory as env.memory.');
  copy[flags] = 1; // limits: has a maximum, not shared
  return copy;
}
