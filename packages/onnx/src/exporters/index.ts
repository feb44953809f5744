import type { OnnxExporter } from '../exporter.ts';
import { activationExporters } from './activation.ts';
import { convolutionExporters } from './convolution.ts';
import { elementwiseExporters } from './elementwise.ts';
import { matmulExporters } from './matmul.ts';
import { normalizationExporters } from './normalization.ts';
import { reductionExporters } from './reduction.ts';
import { shapeExporters } from './shape.ts';

/** The exporters of this package, by family. */
export const standardExporters: readonly OnnxExporter[] = [
  ...elementwiseExporters,
  ...activationExporters,
  ...convolutionExporters,
  ...normalizationExporters,
  ...matmulExporters,
  ...reductionExporters,
  ...shapeExporters,
];
