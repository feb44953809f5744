import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { ModuleTools } from './backend.ts';
import type { ModuleExports } from './exports.ts';
import type { WasmKernel } from './kernels/index.ts';
import type { WasmSource } from './web-assembly.ts';

/** Kernels in a WebAssembly module of their own, for whoever makes a wasm backend for an app: {@link WasmBackend.registerModule} gets them. */
export interface WasmModule extends Named {
  /** The module's bytes, or the compiled module. */
  source(): WasmSource | Promise<WasmSource>;
  /** Kernels by op, built from what the module exports. */
  kernels(exports: ModuleExports, tools: ModuleTools): Readonly<Record<string, WasmKernel>>;
}
/** Modules of kernels for every wasm backend that an app makes. */
export const wasmModule: ExtensionPoint<WasmModule> = extensionPoint('wasmModule');
