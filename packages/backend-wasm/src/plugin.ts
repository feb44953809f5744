import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { backend } from '@graft/tensor';
import { createWasmBackend } from './backend.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/backend-wasm',
  apiVersion,
  requires: ['@graft/tensor'],
  contributes: [backend({ name: 'wasm', create: () => createWasmBackend() })],
});
export default plugin;
