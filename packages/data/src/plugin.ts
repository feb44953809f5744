import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { datasetSource } from './dataset-source.ts';
import { exampleListSource } from './example-list-source.ts';
import { fileListSource } from './file-list-source.ts';

/** The dataset sources of `@graft/data`. */
const data: Plugin = definePlugin({
  name: '@graft/data',
  apiVersion,
  contributes: [datasetSource(exampleListSource), datasetSource(fileListSource)],
});
export default data;
