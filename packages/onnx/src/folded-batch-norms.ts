import type { OnnxFile } from './proto/read-model.ts';

const normalizations = /^(Batch|Layer|Group|Instance|RMS|LpNorm|MeanVariance|Simplified|Skip).*Normalization$|^LRN$/;

/**
 * Counts convolutions with biases in a network without normalisation whose structure suggests folded batch norms: weights that
 * PyTorch renamed when folding, depthwise convolutions, or shortcuts around convolutions.
 */
export function foldedBatchNorms({ nodes, constants, handedOut }: OnnxFile): number {
  if (nodes.some(({ opType }) => normalizations.test(opType))) return 0;
  const isConstant = (name: string): boolean => constants.has(name) || handedOut.has(name);
  // Classifiers and gates work on pooled values, and never had one.
  const pooled = new Set<string>();
  for (const { opType, inputs, outputs } of nodes) {
    const computed = inputs.filter((name) => name && !isConstant(name));
    if (
      /^(GlobalAveragePool|ReduceMean)$/.test(opType) ||
      (computed.length && computed.every((name) => pooled.has(name)))
    )
      for (const name of outputs) pooled.add(name);
  }
  const convolutions = nodes.filter(
    ({ opType, domain, inputs }) => opType === 'Conv' && domain === '' && !pooled.has(inputs[0]!),
  );
  const biased = convolutions.filter(({ inputs }) => isConstant(inputs[2] ?? ''));
  const results = new Set(biased.flatMap(({ outputs }) => outputs));
  const renamed = biased.some(({ inputs }) => /^onnx::Conv_\d+$/.test(inputs[1]!));
  const depthwise = biased.some(({ attributes }) => attributes.int('group', 1) > 1);
  const shortcuts = nodes.some(
    ({ opType, inputs }) => opType === 'Add' && inputs.some((name) => results.has(name)) && !inputs.some(isConstant),
  );
  return biased.length * 2 >= convolutions.length && (renamed || depthwise || shortcuts) ? biased.length : 0;
}
