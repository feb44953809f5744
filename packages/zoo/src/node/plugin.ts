import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { modelSource } from '../model-source.ts';
import { fileSource } from './file-source.ts';
import { npmSource } from './npm-source.ts';

/** What `@graft/zoo/node` adds to an app. */
const zooNode: Plugin = definePlugin({
  name: '@graft/zoo/node',
  apiVersion,
  contributes: [modelSource(fileSource), modelSource(npmSource)],
});
export default zooNode;
