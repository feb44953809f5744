import { type HostArray, isFloat, toNumbers } from '@graft/tensor';
import type { OnnxOperator } from '../operator.ts';
import type { OnnxFile, OnnxNode } from '../proto/read-model.ts';
import { rewriteGraph } from '../rewrite-graph.ts';
import { constantOf, onlyReaders } from '../value-uses.ts';

/** A convolution with the following batch norm folded into its weights. */
interface Folded {
  readonly batchNorm: OnnxNode;
  readonly weight: HostArray;
  readonly bias: HostArray;
}

/** Folds each batch norm that is the only reader of a convolution into its weights and bias (Jacob et al. 2018, 3.2): one scale per channel, no statistics. */
export function foldBatchNorms(file: OnnxFile, operators: readonly OnnxOperator[]): OnnxFile {
  const readerOf = onlyReaders(file);
  const found = new Map<OnnxNode, Folded>();
  for (const node of file.nodes) {
    const batchNorm = node.opType === 'Conv' && node.domain === '' ? readerOf(node.outputs[0]!) : undefined;
    const folded = batchNorm && foldedInto(node, batchNorm, file);
    if (folded) found.set(node, folded);
  }
  if (!found.size) return file;
  const gone = new Set([...found.values()].map(({ batchNorm }) => batchNorm));
  return rewriteGraph(
    file,
    (node, writer) => {
      const folded = found.get(node);
      if (!folded) return gone.has(node) ? undefined : node;
      const [x, weight] = node.inputs as [string, string];
      return {
        inputs: [
          x,
          writer.constant(folded.weight, weight),
          writer.constant(folded.bias, node.inputs[2] || `${weight}_bias`),
        ],
        outputs: [folded.batchNorm.outputs[0]!],
      };
    },
    operators,
  );
}

function foldedInto(convolution: OnnxNode, batchNorm: OnnxNode, file: OnnxFile): Folded | undefined {
  const { opType, domain, inputs, outputs, attributes } = batchNorm;
  if (
    opType !== 'BatchNormalization' ||
    domain !== '' ||
    inputs[0] !== convolution.outputs[0] ||
    outputs.filter(Boolean).length > 1 ||
    attributes.int('training_mode', 0)
  )
    return undefined;
  const [weight, ...statistics] = [convolution.inputs[1], ...inputs.slice(1)].map((name) =>
    constantOf(file, name)?.read(),
  );
  const before = convolution.inputs[2] ? constantOf(file, convolution.inputs[2])?.read() : null;
  const channels = weight?.shape[0] ?? 0;
  // Mismatched shapes are left to fail at run time.
  const fits = (one: HostArray | null | undefined): one is HostArray =>
    one?.data.length === channels && isFloat(one.dtype);
  if (
    !channels ||
    weight?.dtype !== 'float32' ||
    statistics.length !== 4 ||
    !statistics.every(fits) ||
    !(before === null || fits(before))
  )
    return undefined;
  const [gamma, beta, mean, variance] = statistics.map(({ data, dtype }) => toNumbers(data, dtype)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const bias = before ? toNumbers(before.data, before.dtype) : [];
  const epsilon = attributes.float('epsilon', 1e-5);
  const scales = gamma.map((value, i) => value / Math.sqrt(variance[i]! + epsilon));
  const size = weight.data.length / channels;
  return {
    batchNorm,
    weight: { ...weight, data: (weight.data as Float32Array).map((value, i) => value * scales[Math.floor(i / size)]!) },
    bias: {
      shape: [channels],
      dtype: 'float32',
      data: Float32Array.from(scales, (scale, i) => ((bias[i] ?? 0) - mean[i]!) * scale + beta[i]!),
    },
  };
}
