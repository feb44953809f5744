export * from '../suite/index.ts';
export {
  type CaseValue,
  describeOnnxOperator,
  type OperatorCase,
  type OperatorChecks,
} from './describe-onnx-operator.ts';
