import augmentOnNode from '@graft/augment/node';
import { nativePlugin } from '@graft/backend-native/node';
import dataOnNode from '@graft/data/node';
import finetuneOnNode from '@graft/finetune/node';
import type { Plugin } from '@graft/plugin';
import zooOnNode from '@graft/zoo/node';
import { browserPlugins } from '../browser-plugins.ts';

/** All standard plugins, each after the plugins that it requires. */
export const standardPlugins: readonly Plugin[] = [
  ...browserPlugins,
  nativePlugin,
  augmentOnNode,
  dataOnNode,
  zooOnNode,
  finetuneOnNode,
];
