import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { datasetSource } from '../dataset-source.ts';
import { classFolderSource } from './class-folder-source.ts';
import { tableSource } from './table-source.ts';
import { tarSource } from './tar-source.ts';

/** The dataset sources of `@graft/data/node`. */
export default definePlugin({
  name: '@graft/data/node',
  apiVersion,
  requires: ['@graft/data'],
  contributes: [datasetSource(classFolderSource), datasetSource(tableSource), datasetSource(tarSource)],
}) satisfies Plugin;
