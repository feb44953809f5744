import { apiVersion, type Context, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { backend } from '@graft/tensor';
import { createWasmBackend, type WasmBackend, type WasmBackendOptions } from './backend.ts';
import { wasmModule } from './wasm-module.ts';

/** A backend with the modules of kernels that plugins brought. */
async function createFor(options: WasmBackendOptions, context?: Context): Promise<WasmBackend> {
  const made = await createWasmBackend(options);
  for (const { source, kernels } of context?.all(wasmModule) ?? []) await made.registerModule(await source(), kernels);
  return made;
}

/** The types of the options that a configuration can set, by name. */
export const wasmBackendOptions = {
  name: 'string',
  threads: 'number',
  relaxed: 'boolean',
  shared: 'boolean',
  maximumBytes: 'number',
  leastWork: 'number',
  patience: 'integer',
  winograd: 'boolean',
} as const;

/** What `@graft/backend-wasm` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/backend-wasm',
  apiVersion,
  requires: ['@graft/tensor'],
  contributes: [backend(configurable('wasm', createFor, wasmBackendOptions))],
});
export default plugin;
