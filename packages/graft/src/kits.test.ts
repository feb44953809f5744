import { describePlugin } from '@graft/plugin/testing';
import { standardPlugins } from './node/index.ts';

for (const [i, plugin] of standardPlugins.entries()) describePlugin(plugin, { after: standardPlugins.slice(0, i) });
