import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { httpsSource } from './https-source.ts';
import { modelSource } from './model-source.ts';

/** What `@graft/zoo` adds to an app. */
const zoo: Plugin = definePlugin({
  name: '@graft/zoo',
  apiVersion,
  contributes: [modelSource(httpsSource)],
});
export default zoo;
