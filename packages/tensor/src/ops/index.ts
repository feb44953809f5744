// Every op by name: records in PascalCase, functions in camelCase.
export * from './activated-convolution.ts';
export * from './activation.ts';
export * from './arithmetic.ts';
export * from './bitwise.ts';
export * from './cast.ts';
export * from './comparison.ts';
export * from './convolution.ts';
export * from './dropout.ts';
export * from './indexing.ts';
export * from './layer-norm.ts';
export * from './matmul.ts';
export * from './movement.ts';
export * from './normalization.ts';
export * from './pooling.ts';
export * from './reduction.ts';
export * from './softmax.ts';
export * from './trigonometric.ts';
