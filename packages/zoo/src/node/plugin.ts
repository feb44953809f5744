import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { modelSource } from '../model-source.ts';
import { fileSource } from './file-source.ts';
import { npmSource } from './npm-source.ts';
import { pypiSource } from './pypi-source.ts';

/** Contributes the model sources `file`, `npm` and `pypi`. */
const zooNode: Plugin = definePlugin({
  name: '@graft/zoo/node',
  apiVersion,
  contributes: [modelSource(fileSource), modelSource(npmSource), modelSource(pypiSource)],
});
export default zooNode;
