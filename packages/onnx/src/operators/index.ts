import type { OnnxOperator } from '../operator.ts';
import { activationOperators } from './activation.ts';
import { attentionOperators } from './attention.ts';
import { castOperators } from './cast.ts';
import { constantOperators } from './constant.ts';
import { controlFlowOperators } from './control-flow.ts';
import { convolutionOperators } from './convolution.ts';
import { detectionOperators } from './detection.ts';
import { elementwiseOperators } from './elementwise.ts';
import { imageOperators } from './image.ts';
import { indexingOperators } from './indexing.ts';
import { lossOperators } from './loss.ts';
import { einsumOperators } from './einsum.ts';
import { matmulOperators } from './matmul.ts';
import { normalizationOperators } from './normalization.ts';
import { poolingOperators } from './pooling.ts';
import { quantizedOperators } from './quantized.ts';
import { randomOperators } from './random.ts';
import { recurrentOperators } from './recurrent.ts';
import { reductionOperators } from './reduction.ts';
import { resizeOperators } from './resize.ts';
import { samplingOperators } from './sampling.ts';
import { selectionOperators } from './selection.ts';
import { sequenceOperators } from './sequence.ts';
import { shapeOperators } from './shape.ts';
import { signalOperators } from './signal.ts';
import { textOperators } from './text.ts';
import { trainingOperators } from './training.ts';

/** The operators this package knows, by family. */
export const standardOperators: readonly OnnxOperator[] = [
  ...elementwiseOperators, ...castOperators, ...activationOperators, ...convolutionOperators, ...poolingOperators, ...normalizationOperators,
  ...matmulOperators, ...einsumOperators, ...attentionOperators, ...reductionOperators, ...shapeOperators, ...indexingOperators, ...selectionOperators, ...resizeOperators, ...samplingOperators, ...imageOperators, ...constantOperators,
  ...quantizedOperators, ...lossOperators, ...recurrentOperators, ...signalOperators, ...sequenceOperators, ...controlFlowOperators, ...detectionOperators,
  ...randomOperators, ...textOperators, ...trainingOperators,
];
