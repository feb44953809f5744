import type { AnyBackend } from '../backend.ts';
import { foldIntoConvolution } from './fold-into-convolution.ts';
import { fuseActivation } from './fuse-activation.ts';
import { recogniseActivations } from './recognise-activations.ts';
import { rewrite } from './rewrite.ts';
import type { Graph } from '../trace.ts';

/** The same function for inference: constants folded, normalisation and arithmetic folded into convolutions, activations recognised and joined to the convolutions before them. */
export const optimize = (graph: Graph, backend: AnyBackend): Graph =>
  rewrite(graph, [recogniseActivations, foldIntoConvolution, fuseActivation], backend);
