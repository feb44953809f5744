/** Unary elementwise ops, in assembly/unary.ts. */
export type UnaryName =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'square'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'round'
  | 'relu'
  | 'sigmoid'
  | 'tanh'
  | 'erf'
  | 'silu'
  | 'gelu'
  | 'softplus'
  | 'hardSigmoid'
  | 'hardSwish'
  | 'clip'
  | 'leakyRelu'
  | 'elu';
/** Activations whose gradient is in assembly/gradients.ts. */
export type GradName =
  | 'relu'
  | 'sigmoid'
  | 'tanh'
  | 'hardSigmoid'
  | 'silu'
  | 'gelu'
  | 'erf'
  | 'softplus'
  | 'hardSwish'
  | 'clip'
  | 'leakyRelu'
  | 'elu';
/** Binary elementwise ops, in assembly/binary.ts. */
export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'pow';

/** Kernels whose last two parameters are the range of units to compute. Units are documented in assembly/. */
export type KernelName =
  | `${'equal' | 'less' | 'lessEqual'}${'Float' | 'Int'}`
  | 'equalByte'
  | 'andByte'
  | 'orByte'
  | 'xorByte'
  | 'notByte'
  | 'isNaNFloat'
  | 'floatToInt'
  | 'floatToBool'
  | 'intToFloat'
  | 'intToBool'
  | 'byteToFloat'
  | 'byteToInt'
  | 'whereBroadcast'
  | 'gather'
  | 'gatherGrad'
  | 'matmulBatch'
  | 'matmulColumns'
  | 'matmulRows'
  | 'packLeft'
  | 'packRight'
  | 'matmulTiles'
  | 'dropout'
  | 'fill'
  | 'copyStrided'
  | 'transpose'
  | 'where'
  | 'conv2d'
  | 'conv2dPack'
  | 'conv2dInputGrad'
  | 'conv2dInputGradPack'
  | 'conv2dWeightGrad'
  | 'addPartials'
  | 'depthwise'
  | 'depthwiseInputGrad'
  | 'depthwiseWeightGrad'
  | 'winograd'
  | 'winogradPack'
  | 'winogradWeightGrad'
  | 'winogradWeightGradFinish'
  | 'moments'
  | 'batchNorm'
  | 'batchNormSums'
  | 'batchNormInputGrad'
  | 'standardize'
  | 'standardizeGrad'
  | 'sumTrailing'
  | 'sumParts'
  | 'sumLeading'
  | 'sumChannels'
  | 'maxTrailing'
  | 'minTrailing'
  | 'maxLeading'
  | 'minLeading'
  | 'maxChannels'
  | 'minChannels'
  | 'attention'
  | 'softmax'
  | 'logSoftmax'
  | 'crossEntropy'
  | 'crossEntropyGrad'
  | 'maxPool2d'
  | 'maxPool2dGrad'
  | 'avgPool2d'
  | 'avgPool2dGrad'
  | 'updateSgd'
  | 'updateMomentum'
  | 'updateAdam'
  | `unary${Capitalize<UnaryName>}`
  | `grad${Capitalize<GradName>}`
  | `binary${Capitalize<BinaryName>}`;

type Name =
  | KernelName
  | 'setScratch'
  | 'peak'
  | 'addParts'
  | 'attentionUnits'
  | 'panelColumns'
  | 'panelRows'
  | 'tileRows'
  | 'conv2dUnits'
  | 'conv2dPacked'
  | 'conv2dInputGradUnits'
  | 'conv2dInputGradPacked'
  | 'winogradUnits'
  | 'winogradPacked'
  | 'winogradWeightGradBlocks'
  | 'winogradWeightGradBytes';

/** Functions of a WebAssembly module, by name: their arguments are addresses and sizes. */
export type ModuleExports = Readonly<Record<string, (...args: number[]) => number>>;
/** The exports of assembly/index.ts. */
export type KernelExports = { readonly [K in Name]: (...args: number[]) => number };

export const exportName = <P extends 'unary' | 'grad' | 'binary', N extends string>(
  prefix: P,
  name: N,
): `${P}${Capitalize<N>}` => `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}` as `${P}${Capitalize<N>}`;
