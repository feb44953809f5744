import type { HostArray } from '@graft/tensor';
import type { OnnxFile, OnnxNode } from '../proto/read-model.ts';
import { constantOf, onlyReaders } from '../value-uses.ts';

/** A node that can compute with 8-bit integers. */
export interface Quantizable {
  readonly node: OnnxNode;
  readonly weight: HostArray;
  /** The weight's axis of output channels; undefined if it has several matrices. */
  readonly axis: number | undefined;
  readonly bias: HostArray | undefined;
  /** The output value, after an activation that only clips it. */
  readonly result: string;
}

const kinds = ['Conv', 'Gemm', 'MatMul'];
const quantized =
  /^(De)?[qQ]uantizeLinear$|^DynamicQuantize|^QLinear|^QGemm$|^QAttention$|Integer(ToFloat)?$|^MatMulNBits$/;

/**
 * Finds the convolutions and products of a file with constant float32 weights, in order.
 * @throws if there are none, or the file is already quantised
 */
export function quantizableNodes(file: OnnxFile): Quantizable[] {
  const done = file.nodes.find(({ opType }) => quantized.test(opType));
  if (done)
    throw new Error(
      `The model is already quantised: node "${done.name}" is ${done.opType}. Quantise the original float model.`,
    );
  const candidates = file.nodes.filter(
    ({ opType, domain, inputs }) => kinds.includes(opType) && domain === '' && inputs.length > 1,
  );
  if (!candidates.length)
    throw new Error(
      `The model has no Conv, Gemm or MatMul among its ${file.nodes.length} nodes, so there is nothing to quantise.`,
    );
  const readerOf = onlyReaders(file);
  const found = candidates.flatMap((node) => quantizable(node, file, readerOf) ?? []);
  if (!found.length) {
    const [{ name, opType, inputs }] = candidates as [OnnxNode];
    const dtype = constantOf(file, inputs[1])?.read().dtype;
    const why =
      dtype && dtype !== 'float32'
        ? `are ${dtype}. Quantise a float32 model`
        : 'are computed while the model runs. Export it with its weights as constants';
    throw new Error(
      `No Conv, Gemm or MatMul of the model has constant weights: "${inputs[1]}" of node "${name}" (${opType}) ${why.replace(/^are/, 'is')}.`,
    );
  }
  return found;
}

function quantizable(
  node: OnnxNode,
  file: OnnxFile,
  readerOf: (value: string) => OnnxNode | undefined,
): Quantizable | undefined {
  const { opType, inputs, attributes } = node;
  const weight = constantOf(file, inputs[1])?.read();
  if (weight?.dtype !== 'float32' || weight.shape.length < 2 || constantOf(file, inputs[0])) return undefined;
  const axis =
    opType === 'Conv' || (opType === 'Gemm' && attributes.int('transB', 0))
      ? 0
      : weight.shape.length === 2
        ? 1
        : undefined;
  // A Gemm that scales its terms cannot quantise its bias in the scale of its products.
  const scaled = opType === 'Gemm' && (attributes.float('alpha', 1) !== 1 || attributes.float('beta', 1) !== 1);
  const bias = scaled ? undefined : constantOf(file, inputs[2])?.read();
  const fits =
    bias?.dtype === 'float32' &&
    bias.shape.length === 1 &&
    axis !== undefined &&
    bias.data.length === weight.shape[axis];
  const [own] = node.outputs as [string];
  const activation = readerOf(own);
  const isCut = activation?.domain === '' && /^(Relu|Clip)$/.test(activation.opType) && activation.inputs[0] === own;
  return { node, weight, axis, bias: fits ? bias : undefined, result: isCut ? activation.outputs[0]! : own };
}
