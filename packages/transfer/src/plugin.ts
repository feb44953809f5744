import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { head, linearHead } from './head.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/transfer',
  apiVersion,
  contributes: [head({ name: 'linear', create: linearHead })],
});
export default plugin;
