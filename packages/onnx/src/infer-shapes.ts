import { GraphModule } from '@graft/layers';
import { dtypes, type DType, type Tensor, type TensorSpec, trace } from '@graft/tensor';
import type { OnnxModel } from './onnx-model.ts';
import type { ValuePort } from './proto/read-model.ts';

export interface ShapeOptions {
  /** Sizes of inputs by name. Open dimensions are otherwise 1 for the batch and 224 for height and width. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
}

/** The size of an input port, with open dimensions filled in. */
export function portShape(port: ValuePort, { inputShapes = {} }: ShapeOptions = {}, batch = 1): readonly number[] {
  const given = inputShapes[port.name];
  if (given) return given;
  if (!port.shape) throw new Error(`The file does not say how many dimensions its input "${port.name}" has. Give inputShapes: { '${port.name}': [1, 3, 224, 224] }.`);
  return port.shape.map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? batch : port.shape!.length === 4 && i > 1 ? 224 : 1));
}

/** The dtype of an input port. */
export function portDType({ name, dtype }: ValuePort): DType {
  if (dtype === 'undefined') throw new Error(`The file does not say what kind of values its input "${name}" holds.`);
  const known = dtypes.find((one) => one === dtype);
  if (!known) throw new Error(`Input "${name}" holds ${dtype} values, which tensors cannot hold.`);
  return known;
}

/** Shape and dtype of every value, without computing one. Outputs that a node only has in training are left out. */
export function inferShapes(model: OnnxModel, options: ShapeOptions = {}): Map<string, TensorSpec> {
  const ports = model.file.inputs.filter((port) => model.inputs.includes(port.name));
  const { inputs, nodes, weights, constants } = model;
  const whole = new GraphModule({ inputs, outputs: model.values(), nodes, weights, constants });
  let names: string[] = [];
  const graph = trace(
    (...given) => {
      const made = [...whole.call(new Map(ports.map((port, i) => [port.name, given[i]!])))].filter(([, value]) => value as Tensor | undefined);
      names = made.map(([name]) => name);
      return made.map(([, value]) => value);
    },
    ports.map((port) => ({ shape: portShape(port, options), dtype: portDType(port) })),
  );
  graph.dispose();
  return new Map(names.map((name, i) => [name, graph.outputs[i]!]));
}
