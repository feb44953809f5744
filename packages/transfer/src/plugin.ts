import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { checkFrozen } from './check-frozen.ts';
import { concatPoolHead } from './concat-pool-head.ts';
import { head, linearHead } from './head.ts';
import { mlpHead } from './mlp-head.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/transfer',
  apiVersion,
  contributes: [
    head({ name: 'linear', create: linearHead }),
    head({ name: 'concatPool', create: concatPoolHead }),
    head({ name: 'mlp', create: mlpHead }),
    callback({ name: 'checkFrozen', create: checkFrozen }),
  ],
});
export default plugin;
