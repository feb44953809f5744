import { command } from '@graft/cli';
import { datasetSource } from '@graft/data';
import { onnxExporter } from '@graft/onnx';
import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { reportSection } from '@graft/report';
import { modality, objective } from '@graft/tasks';
import { backend } from '@graft/tensor';
import { metric } from '@graft/train';
import { checkedType } from './checked-backend.ts';
import { curveType } from './curve-modality.ts';
import { distanceSection } from './distance-section.ts';
import { gradeErrors } from './grade-errors.ts';
import { ordinalExporter } from './ordinal-exporter.ts';
import { ordinalType } from './ordinal.ts';
import { withinOne } from './within-one.ts';
import { zipSource } from './zip-source.ts';

export { checkedBackend, type CheckedOptions } from './checked-backend.ts';
export { type Curve, parseCurve, resampled } from './curve.ts';
export { curveModality, type CurveOptions } from './curve-modality.ts';
export type { GradeRule } from './grade-of.ts';
export { OrderedThresholds } from './ordered-thresholds.ts';
export { OrdinalLogProbabilities, ordinalLogProbabilities } from './ordinal-log-probabilities.ts';
export { gradeError, ordinal, type OrdinalOptions } from './ordinal.ts';
export { withinOne } from './within-one.ts';
export { zipSource } from './zip-source.ts';

const plugin: Plugin = definePlugin({
  name: 'graft-plugin-gauges',
  apiVersion,
  requires: ['@graft/tensor', '@graft/data', '@graft/onnx', '@graft/train', '@graft/report', '@graft/tasks'],
  contributes: [
    modality(curveType),
    objective(ordinalType),
    reportSection(distanceSection),
    command(gradeErrors),
    datasetSource(zipSource),
    metric(configurable('withinOne', withinOne, {})),
    backend(checkedType),
    onnxExporter(ordinalExporter),
  ],
});
export default plugin;
