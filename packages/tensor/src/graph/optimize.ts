import type { AnyBackend } from '../backend.ts';
import { foldIntoConvolution } from './fold-into-convolution.ts';
import { fuseActivation } from './fuse-activation.ts';
import { recogniseActivations } from './recognise-activations.ts';
import { rewrite } from './rewrite.ts';
import type { Graph } from '../trace.ts';

/** Optimises a graph for inference: folds constants, folds normalisation and arithmetic into convolutions, recognises activations and fuses them into the preceding convolutions. */
export const optimize = (graph: Graph, backend: AnyBackend): Graph =>
  rewrite(graph, [recogniseActivations, foldIntoConvolution, fuseActivation], backend);
