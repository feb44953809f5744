import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { backend } from './backend.ts';
import { createJsBackend } from './js-backend.ts';

/** What `@graft/tensor` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/tensor',
  apiVersion,
  contributes: [backend(configurable('js', () => createJsBackend(), {}))],
});
export default plugin;
