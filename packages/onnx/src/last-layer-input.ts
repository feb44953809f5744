import { isFloat } from '@graft/tensor';
import { type OnnxFile, type OnnxSource, readModel } from './proto/read-model.ts';
import { constantOf, makersIn } from './value-uses.ts';

/**
 * The name of the value that the last linear layer of a file's first output reads: the features of a classifier, `[batch, features]`.
 * @throws if the output does not come from a layer (Gemm or MatMul) with weights of its own
 */
export function lastLayerInput(source: Uint8Array | OnnxSource | OnnxFile): string {
  const file = 'opsets' in source ? source : readModel(source);
  const makers = makersIn(file.nodes);
  const seen = new Set<string>();
  const waiting = file.outputs.slice(0, 1).map(({ name }) => name);
  for (const name of waiting) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = makers.get(name);
    if (!node) continue;
    const [data = '', weight] = node.inputs;
    const isLayer = /^(Gemm|MatMul)$/.test(node.opType) && isWeight(file, weight);
    if (isLayer && !constantOf(file, data)) return data;
    waiting.push(...node.inputs.filter(Boolean));
  }
  throw new Error(`"${file.name}" does not end in a linear layer (Gemm or MatMul), whose features could be compared.`);
}

const isWeight = (file: OnnxFile, name: string | undefined): boolean => {
  const constant = constantOf(file, name)?.read();
  return constant !== undefined && constant.shape.length === 2 && isFloat(constant.dtype);
};
