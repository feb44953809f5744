export { float } from '../proto/write.ts';
export {
  buildModel,
  floats,
  type FunctionSketch,
  type GraphSketch,
  longs,
  type ModelSketch,
  noise,
  type NodeSketch,
  subgraph,
  writeValue,
} from './build-model.ts';
export { smallNetwork } from './small-network.ts';
export { type BackendCase, type CaseNumbers, checkCase, type CheckOptions } from './check-case.ts';
export { checkGradients, type GradientCheck, type GradientOptions } from './check-gradients.ts';
