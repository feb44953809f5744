// What of WebAssembly's types is in declarations: they are the DOM library's, which a project for Node does not load.

/** A compiled module: a `WebAssembly.Module`. */
export type CompiledModule = object;
/** A `WebAssembly.Memory`. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(delta: number): number;
}
/** The bytes of a binary, or the module that was compiled from them. */
export type WasmSource = ArrayBuffer | ArrayBufferView<ArrayBuffer> | CompiledModule;
