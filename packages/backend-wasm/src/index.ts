export { createWasmBackend, type ModuleTools, type WasmBackend, type WasmBackendOptions } from './backend.ts';
export { defaultThreads } from './threads/count.ts';
export type { ModuleExports } from './exports.ts';
export type { WasmBuffer } from './heap.ts';
export type { WasmKernel } from './kernels/index.ts';
export type { Variant } from './load.ts';
export type { CompiledModule, WasmMemory, WasmSource } from './web-assembly.ts';
export { default, default as wasmPlugin, wasmBackendOptions } from './plugin.ts';
export { type WasmModule, wasmModule } from './wasm-module.ts';
