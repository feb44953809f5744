export { checkGradient } from '../check-gradient.ts';
export { expectClose, inputsOn, type InputSpec, valuesOf } from './compare.ts';
export { allOps } from './all-ops.ts';
export { type BlindBackend, createBlindBackend } from './blind-backend.ts';
export { describeBackend } from './describe-backend.ts';
export { describeOp, type Sample } from './describe-op.ts';
export { samples } from './samples.ts';
export { unfreedTensors } from '../tensor.ts';
