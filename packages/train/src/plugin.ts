import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { metric } from './metric.ts';
import { accuracy } from './metrics/accuracy.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/train',
  apiVersion,
  contributes: [metric({ name: 'accuracy', create: (options: { top?: number }) => accuracy(options) })],
});
export default plugin;
