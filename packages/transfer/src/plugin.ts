import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { head, linearHead } from './head.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/transfer',
  apiVersion,
  contributes: [head(configurable('linear', linearHead, ['features', 'classes', 'classCounts', 'dropout']))],
});
export default plugin;
