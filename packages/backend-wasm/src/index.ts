export { createWasmBackend, type WasmBackend, type WasmBackendOptions } from './backend.ts';
export type { WasmBuffer } from './heap.ts';
export type { Variant } from './load.ts';
export { default, default as wasmPlugin } from './plugin.ts';
