import type { OnnxOperator } from '../operator.ts';
import { activationOperators } from './activation.ts';
import { attentionOperators } from './attention.ts';
import { blockQuantizedOperators } from './block-quantized.ts';
import { cacheOperators } from './cache.ts';
import { castOperators } from './cast.ts';
import { constantOperators } from './constant.ts';
import { controlFlowOperators } from './control-flow.ts';
import { convolutionOperators } from './convolution.ts';
import { deformConvOperators } from './deform-conv.ts';
import { detectionOperators } from './detection.ts';
import { elementwiseOperators } from './elementwise.ts';
import { flexAttentionOperators } from './flex-attention.ts';
import { gridSampleOperators } from './grid-sample.ts';
import { imageOperators } from './image.ts';
import { indexingOperators } from './indexing.ts';
import { linearAttentionOperators } from './linear-attention.ts';
import { lossOperators } from './loss.ts';
import { einsumOperators } from './einsum.ts';
import { machineLearningOperators } from './machine-learning.ts';
import { matmulOperators } from './matmul.ts';
import { microsoftFusedOperators } from './microsoft-fused.ts';
import { microsoftQuantizedOperators } from './microsoft-quantized.ts';
import { microsoftTransformerOperators } from './microsoft-transformer.ts';
import { normalizationOperators } from './normalization.ts';
import { poolingOperators } from './pooling.ts';
import { quantizedOperators } from './quantized.ts';
import { randomOperators } from './random.ts';
import { recurrentOperators } from './recurrent.ts';
import { reductionOperators } from './reduction.ts';
import { regionOperators } from './regions.ts';
import { resizeOperators } from './resize.ts';
import { selectionOperators } from './selection.ts';
import { sequenceOperators } from './sequence.ts';
import { shapeOperators } from './shape.ts';
import { signalOperators } from './signal.ts';
import { textOperators } from './text.ts';
import { trainingOperators } from './training.ts';
import { treeEnsembleOperators } from './tree-ensembles.ts';

/** The operators of this package, by family. */
export const standardOperators: readonly OnnxOperator[] = [
  ...elementwiseOperators,
  ...castOperators,
  ...activationOperators,
  ...convolutionOperators,
  ...deformConvOperators,
  ...poolingOperators,
  ...normalizationOperators,
  ...matmulOperators,
  ...einsumOperators,
  ...attentionOperators,
  ...linearAttentionOperators,
  ...flexAttentionOperators,
  ...cacheOperators,
  ...reductionOperators,
  ...shapeOperators,
  ...indexingOperators,
  ...selectionOperators,
  ...resizeOperators,
  ...gridSampleOperators,
  ...regionOperators,
  ...imageOperators,
  ...constantOperators,
  ...machineLearningOperators,
  ...treeEnsembleOperators,
  ...quantizedOperators,
  ...blockQuantizedOperators,
  ...lossOperators,
  ...recurrentOperators,
  ...signalOperators,
  ...sequenceOperators,
  ...controlFlowOperators,
  ...detectionOperators,
  ...randomOperators,
  ...textOperators,
  ...trainingOperators,
  ...microsoftFusedOperators,
  ...microsoftTransformerOperators,
  ...microsoftQuantizedOperators,
];
