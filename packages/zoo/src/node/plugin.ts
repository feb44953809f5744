import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { modelSource } from '../model-source.ts';
import { fileSource } from './file-source.ts';
import { npmSource } from './npm-source.ts';

/** Contributes the model sources `file` and `npm`. */
const zooNode: Plugin = definePlugin({
  name: '@graft/zoo/node',
  apiVersion,
  contributes: [modelSource(fileSource), modelSource(npmSource)],
});
export default zooNode;
