import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { datasetSource } from '../dataset-source.ts';
import { imageFolderSource } from './image-folder.ts';

/** What `@graft/data/node` adds to an app. */
export default definePlugin({
  name: '@graft/data/node',
  apiVersion,
  contributes: [datasetSource(imageFolderSource)],
}) satisfies Plugin;
