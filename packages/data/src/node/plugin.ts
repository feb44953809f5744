import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { datasetSource } from '../dataset-source.ts';
import { imageFolderSource } from './image-folder.ts';
import { imageTableSource } from './image-table.ts';
import { multiLabelTableSource, regressionTableSource } from './target-table.ts';
import { tarSource } from './tar-source.ts';

/** What `@graft/data/node` adds to an app. */
export default definePlugin({
  name: '@graft/data/node',
  apiVersion,
  contributes: [
    datasetSource(imageFolderSource),
    datasetSource(imageTableSource),
    datasetSource(multiLabelTableSource),
    datasetSource(regressionTableSource),
    datasetSource(tarSource),
  ],
}) satisfies Plugin;
