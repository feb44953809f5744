import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import type { OnnxNode } from './proto/read-model.ts';

/**
 * Tells whether a value carries nothing of the network's inputs but their sizes: it is a weight or a constant, or is computed from these and from
 * shapes alone, such as a transposed or dequantised weight or an expanded class token.
 */
export function weightDerived({
  nodes,
  weights,
  constants,
}: Pick<OnnxModel, 'nodes' | 'weights' | 'constants'>): (value: string) => boolean {
  const derived = new Set<string>();
  const isDerived = (name: string): boolean => weights.has(name) || constants.has(name) || derived.has(name);
  for (const node of nodes)
    if (node.type === 'Shape' || node.type === 'Size' || dataInputs(node).every(isDerived))
      for (const name of node.outputs) if (name) derived.add(name);
  return isDerived;
}

/** The inputs of a node except shapes, axes and other numbers that steer it. What a branch reads from outside is data. */
export const dataInputs = ({
  inputs,
  steering = [],
  source,
}: Pick<OnnxGraphNode, 'inputs' | 'steering'> & { readonly source?: OnnxNode }): string[] =>
  inputs.filter((name, i) => name && (!steering.includes(i) || source?.attributes.captured.includes(name)));
