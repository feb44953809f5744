import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { onnxExporter } from './exporter.ts';
import { standardExporters } from './exporters/index.ts';
import { onnxOperator } from './operator.ts';
import { standardOperators } from './operators/index.ts';

/** What `@graft/onnx` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/onnx',
  apiVersion,
  requires: ['@graft/layers'],
  contributes: [
    ...standardOperators.map((one) => onnxOperator(one)),
    ...standardExporters.map((one) => onnxExporter(one)),
  ],
});
export default plugin;
