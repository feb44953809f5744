import type { OnnxOperator } from '../operator.ts';
import { activationOperators } from './activation.ts';
import { constantOperators } from './constant.ts';
import { convolutionOperators } from './convolution.ts';
import { elementwiseOperators } from './elementwise.ts';
import { indexingOperators } from './indexing.ts';
import { matmulOperators } from './matmul.ts';
import { normalizationOperators } from './normalization.ts';
import { poolingOperators } from './pooling.ts';
import { quantizationOperators } from './quantization.ts';
import { reductionOperators } from './reduction.ts';
import { resizeOperators } from './resize.ts';
import { shapeOperators } from './shape.ts';

/** The operators this package knows, by family. */
export const standardOperators: readonly OnnxOperator[] = [
  ...elementwiseOperators, ...activationOperators, ...convolutionOperators, ...poolingOperators, ...normalizationOperators, ...matmulOperators,
  ...reductionOperators, ...shapeOperators, ...indexingOperators, ...resizeOperators, ...constantOperators, ...quantizationOperators,
];
