/** Ops on each element, in assembly/unary.ts. */
export type UnaryName =
  | 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'square' | 'floor' | 'ceil' | 'trunc' | 'round'
  | 'relu' | 'sigmoid' | 'tanh' | 'erf' | 'silu' | 'gelu' | 'softplus' | 'hardSigmoid' | 'hardSwish' | 'clip' | 'leakyRelu' | 'elu';
/** Activations whose gradient is in assembly/gradients.ts. */
export type GradName = 'relu' | 'sigmoid' | 'tanh' | 'hardSigmoid' | 'silu' | 'gelu' | 'erf' | 'softplus' | 'hardSwish' | 'clip' | 'leakyRelu' | 'elu';
/** Ops on pairs of elements, in assembly/binary.ts. */
export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'pow';

type Name =
  | 'setScratch' | 'peak' | 'matmul' | 'dropout' | 'fill' | 'copyStrided' | 'transpose2d' | 'where'
  | 'conv2d' | 'conv2dInputGrad' | 'conv2dWeightGrad' | 'depthwise' | 'depthwiseInputGrad' | 'depthwiseWeightGrad' | 'winogradForward' | 'winogradInputGrad' | 'winogradWeightGrad'
  | 'moments' | 'batchNorm' | 'batchNormSums' | 'batchNormInputGrad'
  | 'sumTrailing' | 'sumLeading' | 'sumChannels' | 'maxTrailing' | 'minTrailing' | 'maxLeading' | 'minLeading'
  | 'softmax' | 'logSoftmax' | 'crossEntropy' | 'crossEntropyGrad'
  | 'maxPool2d' | 'maxPool2dGrad' | 'avgPool2d' | 'avgPool2dGrad'
  | `unary${Capitalize<UnaryName>}` | `grad${Capitalize<GradName>}` | `binary${Capitalize<BinaryName>}`;

/** What assembly/index.ts exports: functions of addresses and sizes, which are numbers. */
export type KernelExports = { readonly [K in Name]: (...args: number[]) => number };

export const exportName = <P extends 'unary' | 'grad' | 'binary', N extends string>(prefix: P, name: N): `${P}${Capitalize<N>}` =>
  `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}` as `${P}${Capitalize<N>}`;
