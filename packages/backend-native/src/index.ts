export type { Address, Blas, Gemm } from './blas.ts';
export { type ChainOptions, chainKernels, type NativeParts } from './chain-kernels.ts';
export { type KernelChoice, measuredChoice, nativeChoice } from './kernel-choice.ts';
export type { Convolution, ConvolutionKind, ConvolutionLayout, ConvolutionShape, OneDnn } from './one-dnn.ts';
