import { imageDecoder } from '@graft/data';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { sharpDecoder } from './sharp-decoder.ts';

/** Everything `@graft/augment/node` contributes to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/augment/node',
  apiVersion,
  requires: ['@graft/augment'],
  contributes: [imageDecoder(sharpDecoder)],
});
export default plugin;
