import { adaptFilters } from '@graft/layers';
import { tensor } from '@graft/tensor';
import { exportImported } from './export-imported.ts';
import { importOnnx } from './import-onnx.ts';
import { inputOf, withInputDims } from './input-dims.ts';
import type { OnnxOperator } from './operator.ts';
import { standardOperators } from './operators/index.ts';
import { inFile, type OnnxFile, type OnnxNode, type OnnxSource, readModel } from './proto/read-model.ts';
import { constantOf } from './value-uses.ts';
import { widenedArray } from './widen-halves.ts';

export interface AdaptInputOptions {
  /** The input to change; default: the file's only input. */
  readonly input?: string;
  /** Default: those of this package; apps pass `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
}

/**
 * Changes a file to another number of image channels by adapting the filters of the first convolution, as in timm ({@link adaptFilters}).
 * @throws if the images are read by anything but a convolution with constant filters
 */
export function adaptOnnxInput(
  source: Uint8Array | OnnxSource | OnnxFile,
  channels: number,
  { input, operators = standardOperators }: AdaptInputOptions = {},
): Uint8Array {
  const file = 'opsets' in source ? source : readModel(source);
  try {
    const port = inputOf(file, input);
    const readers = file.nodes.filter(
      (node) => node.inputs.includes(port.name) || node.attributes.captured.includes(port.name),
    );
    if (!readers.length) throw new Error(`The input "${port.name}" is not used.`);
    for (const node of readers) checkConvolution(node, port.name, readers, file);
    const model = importOnnx(withInputDims(file, port.name, new Map([[1, channels]])), { operators });
    try {
      for (const name of new Set(readers.map(({ inputs }) => inputs[1]!))) {
        const { data, shape } = adaptFilters(widenedArray(constantOf(file, name)!.read()), channels);
        model.weights.get(name)!.take(tensor(data, { shape }));
      }
      return exportImported(model, {});
    } finally {
      model.dispose();
    }
  } catch (error) {
    throw inFile(error, file.name);
  }
}

/** @throws if a node that reads the images has no filters that can be adapted */
function checkConvolution(
  { name, opType, domain, inputs, attributes }: OnnxNode,
  input: string,
  readers: readonly OnnxNode[],
  file: OnnxFile,
): void {
  const place = `Node "${name}" (${opType})`;
  if (opType !== 'Conv' || domain !== '' || inputs[0] !== input)
    throw new Error(
      `${place} reads the input "${input}", but only a Conv can be adapted to other channels. Remove the preprocessing from the graph, or keep the channels.`,
    );
  const constant = constantOf(file, inputs[1])?.read();
  const weight = constant && widenedArray(constant);
  const shared = file.nodes.some((node) => !readers.includes(node) && node.inputs.includes(inputs[1]!));
  if (weight?.dtype !== 'float32' || weight.shape.length < 3 || shared || attributes.int('group', 1) !== 1)
    throw new Error(`${place} has no constant, ungrouped float32 filters of its own, so they cannot be adapted.`);
}
