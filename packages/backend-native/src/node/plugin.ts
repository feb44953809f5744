import { type WasmBackend, wasmBackendOptions } from '@graft/backend-wasm';
import { apiVersion, type Context, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { addKernel, backend, kernel } from '@graft/tensor';
import { createNativeBackend, type NativeBackend, type NativeBackendOptions } from './create-native-backend.ts';

/** A backend whose wasm kernels include those that plugins brought for the backend `wasm`. */
const createFor = (options: NativeBackendOptions, context?: Context): Promise<NativeBackend> =>
  createNativeBackend({
    ...options,
    ...(context && {
      async createWasm(own) {
        const made = (await context.get(backend, 'wasm').create(own, context)) as WasmBackend;
        for (const entry of context.all(kernel)) if (entry.backend === 'wasm') addKernel(made, entry.op, entry.kernel);
        return made;
      },
    }),
  });

/** What `@graft/backend-native` adds to an app: the backend `native`. */
const plugin: Plugin = definePlugin({
  name: '@graft/backend-native',
  apiVersion,
  requires: ['@graft/tensor', '@graft/backend-wasm'],
  contributes: [
    backend(
      configurable('native', createFor, {
        ...wasmBackendOptions,
        blas: 'string',
        oneDnn: 'string',
        choice: 'any',
        leastProducts: 'number',
        cache: 'string',
        createWasm: 'function',
      }),
    ),
  ],
});
export default plugin;
