import { wasmModule } from '@graft/backend-wasm';
import { layer } from '@graft/layers';
import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { swishKernel } from './swish-kernel.ts';
import { SwishLayer, type SwishOptions } from './swish-layer.ts';

export { swishKernel } from './swish-kernel.ts';
export { SwishLayer, type SwishOptions } from './swish-layer.ts';
export { Swish, swish } from './swish.ts';

const plugin: Plugin = definePlugin({
  name: 'graft-plugin-swish',
  apiVersion,
  requires: ['@graft/tensor', '@graft/layers', '@graft/backend-wasm'],
  contributes: [
    layer(configurable('swish', (options: SwishOptions) => new SwishLayer(options), { beta: 'number' })),
    wasmModule(swishKernel),
  ],
});
export default plugin;
