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
    head(
      configurable('linear', linearHead, {
        features: 'numbers',
        classes: 'integer',
        classCounts: 'numbers',
        dropout: 'number',
        pool: 'string',
      }),
    ),
    head(
      configurable('concatPool', concatPoolHead, {
        features: 'numbers',
        classes: 'integer',
        classCounts: 'numbers',
        dropout: 'number',
        pool: 'string',
        hidden: 'integer',
      }),
    ),
    head(
      configurable('mlp', mlpHead, {
        features: 'numbers',
        classes: 'integer',
        classCounts: 'numbers',
        dropout: 'number',
        pool: 'string',
        hidden: 'numbers',
      }),
    ),
    head(
      configurable('sequential', sequentialHead, {
        features: 'numbers',
        classes: 'integer',
        classCounts: 'numbers',
        dropout: 'number',
        pool: 'string',
        layers: 'any',
      }),
    ),
    callback(configurable('checkFrozen', () => checkFrozen(), {})),
  ],
});
export default plugin;
