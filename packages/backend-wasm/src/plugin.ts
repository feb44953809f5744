import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { backend } from '@graft/tensor';
import { createWasmBackend } from './backend.ts';

/** What `@graft/backend-wasm` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/backend-wasm',
  apiVersion,
  requires: ['@graft/tensor'],
  contributes: [
    backend(
      configurable('wasm', createWasmBackend, [
        'name',
        'threads',
        'relaxed',
        'shared',
        'maximumBytes',
        'leastWork',
        'patience',
        'winograd',
      ]),
    ),
  ],
});
export default plugin;
