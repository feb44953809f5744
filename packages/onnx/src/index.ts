export { addBatchAxis, type BatchedFile } from './add-batch-axis.ts';
export { adaptOnnxInput, type AdaptInputOptions } from './adapt-input.ts';
export { type CandidateCut, featureKind, type FeatureKind, mapBeforePooling } from './candidate-cuts.ts';
export { diagnoseModel, type ModelDiagnosis, type OperatorProblem } from './diagnose-model.ts';
export { findCut, type FindCutOptions, type FoundCut } from './find-cut.ts';
export { freeBatch, type FreeBatchOptions } from './free-batch.ts';
export { type HeldInput, holdInputs } from './hold-inputs.ts';
export { importOnnx, type ImportOptions } from './import-onnx.ts';
export type { ShapeOptions } from './infer-shapes.ts';
export { type InputArithmetic, inputArithmetic } from './input-arithmetic.ts';
export { type MainCut, type MainCutOptions, type NetworkKind } from './main-cut.ts';
export { type OnnxGraphNode, OnnxModel } from './onnx-model.ts';
export {
  integersOf,
  type OnnxOperator,
  onnxOperator,
  operator,
  type OperatorContext,
  type OperatorNode,
  type OperatorOptions,
} from './operator.ts';
export { standardOperators } from './operators/index.ts';
export { default, default as onnxPlugin } from './plugin.ts';
export type { ExternalFiles } from './proto/external-data.ts';
export type { Attributes } from './proto/attributes.ts';
export {
  type OnnxConstant,
  type OnnxFile,
  type OnnxNode,
  type OnnxSource,
  readModel,
  type ValuePort,
} from './proto/read-model.ts';
export { usesHalves } from './widen-halves.ts';
export { lastLayerInput } from './last-layer-input.ts';
export { withMetadata } from './with-metadata.ts';
export { widenOnnx, type WidenOptions } from './widen-onnx.ts';
export { type StoredStatistics, storedStatistics } from './stored-statistics.ts';
export { untrainable, type Untrainable } from './untrainable-weights.ts';
export { type ConstantRole } from './weight-roles.ts';
export type { NetworkBlock } from './network-blocks.ts';
export { inspectModel, type InspectOptions, type ModelReport, type OperatorCount } from './inspect-model.ts';
export type { Dimension, ExportInput, InputOptions } from './export-inputs.ts';
export { exportOnnx, type ExportOptions } from './export-onnx.ts';
export {
  type ExportCall,
  type ExportContext,
  type ExportValue,
  type ExportVariant,
  type OnnxExporter,
  onnxExporter,
  requireOpset,
} from './exporter.ts';
export type { CalibrationBatch } from './quantize/calibrate.ts';
export { dequantizeOnnx, isQuantized } from './quantize/dequantize-onnx.ts';
export { quantizeOnnx, type QuantizeOptions } from './quantize/quantize-onnx.ts';
export { resizeOnnxInput, type ResizeInputOptions } from './resize-input.ts';
export { standardExporters } from './exporters/index.ts';
export { type AttributeValue, type Float, float } from './proto/write.ts';
