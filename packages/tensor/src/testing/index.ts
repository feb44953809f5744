export { checkGradient } from '../check-gradient.ts';
export { expectClose, inputsOn, type InputSpec, valuesOf } from './compare.ts';
export { allOps, describeBackend } from './describe-backend.ts';
export { describeOp, type Sample } from './describe-op.ts';
export { samples } from './samples.ts';
export { unfreedTensors } from '../tensor.ts';
