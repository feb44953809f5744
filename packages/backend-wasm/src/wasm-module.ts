import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { ModuleTools } from './backend.ts';
import type { ModuleExports } from './exports.ts';
import type { WasmKernel } from './kernels/index.ts';
import type { WasmSource } from './web-assembly.ts';

/** Kernels in a WebAssembly module, which are passed to {@link WasmBackend.registerModule} when a wasm backend is created for an app. */
export interface WasmModule extends Named {
  /** The module's bytes, or the compiled module. */
  source(): WasmSource | Promise<WasmSource>;
  /** Builds kernels by op from the module's exports. */
  kernels(exports: ModuleExports, tools: ModuleTools): Readonly<Record<string, WasmKernel>>;
}
/** The extension point for modules with kernels for every wasm backend of an app. */
export const wasmModule: ExtensionPoint<WasmModule> = extensionPoint('wasmModule', 'every wasm backend of the app');
