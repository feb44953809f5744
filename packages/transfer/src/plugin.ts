import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { checkFrozen } from './check-frozen.ts';
import { concatPoolHead } from './concat-pool-head.ts';
import { head, linearHead } from './head.ts';
import { mlpHead } from './mlp-head.ts';
import { sequentialHead } from './sequential-head.ts';

/** The heads and callbacks of `@graft/transfer`. */
const plugin: Plugin = definePlugin({
  name: '@graft/transfer',
  apiVersion,
  contributes: [
    head(configurable('linear', linearHead, ['features', 'classes', 'classCounts', 'dropout', 'pool'])),
    head(
      configurable('concatPool', concatPoolHead, ['features', 'classes', 'classCounts', 'dropout', 'pool', 'hidden']),
    ),
    head(configurable('mlp', mlpHead, ['features', 'classes', 'classCounts', 'dropout', 'pool', 'hidden'])),
    head(
      configurable('sequential', sequentialHead, ['features', 'classes', 'classCounts', 'dropout', 'pool', 'layers']),
    ),
    callback(configurable('checkFrozen', () => checkFrozen(), [])),
  ],
});
export default plugin;
