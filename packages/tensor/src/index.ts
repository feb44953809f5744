export { apply } from './apply.ts';
export { grad, jvp, valueAndGrad, vjp } from './autograd.ts';
export {
  addKernel,
  type AnyBackend,
  type Backend,
  backend,
  type BackendMemory,
  type BackendType,
  type Kernel,
  kernel,
  type KernelEntry,
  type Operand,
  type Update,
} from './backend.ts';
export { checkGradient, type GradientTolerance } from './check-gradient.ts';
export { backendService, createBackend } from './create-backend.ts';
export { checkpoint } from './checkpoint.ts';
export {
  eye,
  filled,
  full,
  integers,
  type NestedNumbers,
  ones,
  scalar,
  tensor,
  type TensorOptions,
  to,
  toAll,
  upload,
  zeros,
} from './create.ts';
export {
  arrayOf,
  type BigIntArray,
  bytesOf,
  type DType,
  dtypes,
  isBigInt,
  isFloat,
  isHalf,
  type NumberArray,
  toArray,
  toNumbers,
  type TypedArray,
  zerosOf,
} from './dtype.ts';
export { heldForGradient, type HeldForGradient } from './graph/held-for-gradient.ts';
export { inParts } from './graph/in-parts.ts';
export { optimize } from './graph/optimize.ts';
export { type GraphView, type Rewrite, rewrite } from './graph/rewrite.ts';
export { runnable } from './graph/run-graph.ts';
export { createJsBackend, js, type JsBuffer } from './js-backend.ts';
export { type AnyOp, type Call, type Gradient, type GradientRule, type Op, type Used } from './op.ts';
export * from './ops/index.ts';
export { binary, elements, unary } from './ops/elementwise.ts';
export { Parameter, type ParameterKind } from './parameter.ts';
export { default as tensorPlugin } from './plugin.ts';
export {
  type GradientObserver,
  type Guard,
  type GuardedCall,
  guarded,
  observe,
  observeGradients,
  type ObservedCall,
  type Observer,
  type Road,
} from './observe.ts';
export { profile, type ProfileRow } from './profile.ts';
export { philox, type PhiloxKey, Random } from './random.ts';
export { randomService } from './random-service.ts';
export { readAll } from './read-all.ts';
export { drop, keep, scope } from './scope.ts';
export {
  axesOf,
  axisOf,
  broadcastShapes,
  type HostArray,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
  type TensorSpec,
} from './spec.ts';
export { noGrad } from './tape.ts';
export { livingTensors, Tensor } from './tensor.ts';
export { type Graph, type GraphCall, type GraphValue, type NamedSpecs, trace } from './trace.ts';
export { type AdamUpdate, type SgdUpdate, updateInPlace } from './update.ts';
