import { expand, narrow, reshape, sizeOf, type Tensor, tensor } from '@graft/tensor';
import { exportImported } from './export-imported.ts';
import { importOnnx } from './import-onnx.ts';
import { inferShapes } from './infer-shapes.ts';
import { withInputDims } from './input-dims.ts';
import { type OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import { type OnnxOperator, integersOf } from './operator.ts';
import { standardOperators } from './operators/index.ts';
import { type OnnxFile, type OnnxNode, readModel } from './proto/read-model.ts';
import { rewriteGraph } from './rewrite-graph.ts';
import { withoutShapes } from './resize-input.ts';
import { weightDerived } from './weight-derived.ts';

/** Options of {@link freeBatch}. */
export interface FreeBatchOptions {
  /** Default: those of this package; apps pass `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
  /** The value that the graph computes; default its outputs. */
  readonly output?: string;
  /** Sizes of the inputs for a batch of the size that the file was written for. */
  readonly inputShapes: Readonly<Record<string, readonly number[]>>;
}

/** Where a value has the batch: an axis of `before · batch · after` elements. */
interface BatchAxis {
  readonly axis: number;
  readonly before: number;
}

/** A node that has the size of the batch written into it, and what it takes instead. */
type Change =
  /** Sizes to reshape or expand to; −1 is computed. */
  | { readonly kind: 'sizes'; readonly input: number; readonly sizes: readonly number[] }
  /** Sizes of which the first is that of the node's main input. */
  | { readonly kind: 'batchFirst'; readonly input: number; readonly sizes: readonly number[] }
  /** Weights that are repeated for each example, as many as another input has along an axis. */
  | {
      readonly kind: 'repeated';
      readonly inputs: ReadonlyMap<number, readonly number[]>;
      readonly axis: number;
      readonly like: number;
    };

/** How many times larger the batch is for which sizes are computed to find those that depend on it. */
const factor = 3;

/**
 * Frees a graph that was exported for a batch of one size, as PyTorch does by default: sizes in its Reshape, Expand and Resize nodes, and class tokens without a
 * batch, follow the batch of its inputs. Whether examples are computed independently has to be checked by running it.
 * @returns the graph as a file whose inputs have the open dimension `batch`
 * @throws if a node does not work with another batch
 */
export function freeBatch(
  file: OnnxFile,
  { operators = standardOperators, output, inputShapes }: FreeBatchOptions,
): OnnxFile {
  const model = importOnnx(file, { operators, ...(output !== undefined && { outputs: [output] }) });
  try {
    const changes = changesFor(model, inputShapes);
    const part = readModel({ name: file.name, model: exportImported(model, {}) });
    const nodes = new Map([...changes].map(([{ outputs }, change]) => [outputs[0]!, change]));
    const freed = changes.size
      ? rewriteGraph(
          part,
          (node, writer) => {
            const change = nodes.get(node.outputs[0] ?? '');
            if (!change) return node;
            const inputs = [...node.inputs];
            const int = (values: readonly number[]): string => writer.integers(values);
            const sizeAt = (value: string, axis: number): string =>
              writer.node('Gather', [writer.node('Shape', [value]), int([axis])], { axis: 0 });
            if (change.kind === 'sizes') inputs[change.input] = int(change.sizes);
            else if (change.kind === 'batchFirst')
              inputs[change.input] = writer.node('Concat', [sizeAt(inputs[0]!, 0), int(change.sizes.slice(1))], {
                axis: 0,
              });
            else
              for (const [i, shape] of change.inputs) {
                const sizes = shape.map((size, axis) =>
                  axis === change.axis ? sizeAt(inputs[change.like]!, axis) : int([size]),
                );
                const isRepeated = shape[change.axis]! > 1; // once for each example of the old batch
                const one = isRepeated
                  ? writer.node('Slice', [inputs[i]!, int([0]), int([1]), int([change.axis])])
                  : inputs[i]!;
                inputs[i] = writer.node('Expand', [one, writer.node('Concat', sizes, { axis: 0 })]);
              }
            return { inputs, outputs: node.outputs };
          },
          operators,
        )
      : part;
    const open = freed.inputs.reduce((one, { name }) => withInputDims(one, name, new Map([[0, 'batch']])), freed);
    return {
      ...open,
      graph: withoutShapes(open.graph),
      outputs: open.outputs.map((port) => ({ ...port, shape: undefined })),
    };
  } finally {
    model.dispose();
  }
}

/** Computes the sizes of all values for a larger batch, and changes nodes on the way that have the old one written into them. */
function changesFor(
  model: OnnxModel,
  inputShapes: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<OnnxNode, Change> {
  const specs = inferShapes(model, { inputShapes });
  const shapeOf = (name: string): readonly number[] | undefined => specs.get(name)?.shape;
  const batch = shapeOf(model.inputs[0]!)![0]!;
  const { weights, constants, inputs, outputs } = model;
  const isStatic = weightDerived({
    weights,
    constants,
    nodes: model.nodes.filter(({ type }) => type !== 'Shape' && type !== 'Size'),
  });
  const isWeight = weightDerived(model);
  const hasFixedSizes = model.file.inputs.every(({ shape }) => shape?.slice(1).every((dim) => typeof dim === 'number'));
  const changes = new Map<OnnxNode, Change>();
  const ahead = new Map<string, number>();
  /** The axis that has grown with the batch. */
  const batchOf = (name: string, shape: readonly number[]): BatchAxis | undefined => {
    const axis = shapeOf(name)?.findIndex((size, i) => shape[i] === factor * size && size > 0) ?? -1;
    return axis < 0 ? undefined : { axis, before: ahead.get(name) ?? 1 };
  };
  const nodes = model.nodes.map((node): OnnxGraphNode => {
    const { type, inputs, outputs, source } = node;
    const [from = '', ...others] = inputs;
    const to = outputs[0] ?? '';
    const asBefore = (given: readonly (Tensor | undefined)[], ...rest: [never, never]): ReturnType<typeof node.run> => {
      const main = inputs.findIndex((name) => name && !isWeight(name));
      const found = main >= 0 && given[main] ? batchOf(inputs[main]!, given[main].shape) : undefined;
      if (found) for (const name of outputs) ahead.set(name, found.before);
      return node.run(given, ...rest);
    };
    const run = (given: readonly (Tensor | undefined)[], ...rest: [never, never]): ReturnType<typeof node.run> => {
      const place = given[0] && batchOf(from, given[0].shape);
      const shape = shapeOf(to);
      const sizesAt = (input: number): number[] => integersOf(given[input]!, 'sizes');
      if (place && shape && type === 'Reshape') {
        const found = reshapedBatch(place, shapeOf(from)!, shape, batch);
        const grown = shape.with(found.axis, factor * shape[found.axis]!);
        ahead.set(to, found.before);
        // Sizes that are computed may follow the batch already, or have it written into a part.
        if (!isStatic(others[0] ?? '') && (!hasFixedSizes || reshapedAs(grown, () => node.run(given, ...rest))))
          return node.run(given, ...rest);
        changes.set(source, { kind: 'sizes', input: 1, sizes: shape.with(found.axis, -1) });
        return reshape(given[0]!, grown);
      }
      if (place && shape && type === 'Expand' && isStatic(others[0] ?? '')) {
        const sizes = sizesAt(1);
        const axis = place.axis + sizes.length - shapeOf(from)!.length;
        if (axis < 0 || sizes[axis] === 1) return asBefore(given, ...rest);
        ahead.set(to, place.before);
        changes.set(source, { kind: 'sizes', input: 1, sizes: sizes.with(axis, 1) });
        return node.run([given[0], sizesTensor(sizes.with(axis, 1))], ...rest);
      }
      if (place?.axis === 0 && type === 'Resize' && inputs[3] && isStatic(inputs[3])) {
        const sizes = sizesAt(3);
        changes.set(source, { kind: 'batchFirst', input: 3, sizes });
        return node.run(given.with(3, sizesTensor(sizes.with(0, factor * sizes[0]!))), ...rest);
      }
      if (type === 'Concat') {
        const grown = inputs.map((name, i) => (given[i] ? batchOf(name, given[i].shape) : undefined));
        const like = grown.findIndex(Boolean);
        const axis = grown[like]?.axis;
        if (axis !== undefined) {
          const fixed = inputs.flatMap((name, i) =>
            grown[i] || !isWeight(name) ? [] : [[i, given[i]!.shape] as const],
          );
          if (fixed.length)
            changes.set(source, {
              kind: 'repeated',
              inputs: new Map(fixed),
              axis,
              like,
            });
          ahead.set(to, grown[like]!.before);
          const repeated = given.map((x, i) =>
            fixed.some(([index]) => index === i)
              ? expand(narrow(x!, axis, 0, 1), x!.shape.with(axis, given[like]!.shape[axis]!))
              : x,
          );
          return node.run(repeated, ...rest);
        }
      }
      return asBefore(given, ...rest);
    };
    return { ...node, run: run as typeof node.run };
  });
  const grown = new OnnxModel(model.file, { inputs, outputs, nodes, weights, constants });
  const larger = inferShapes(grown, {
    inputShapes: Object.fromEntries(
      Object.entries(inputShapes).map(([name, shape]) => [name, shape.with(0, factor * shape[0]!)]),
    ),
  });
  for (const name of model.outputs) {
    const [before, after] = [shapeOf(name), larger.get(name)?.shape];
    if (before && after && (after[0] !== factor * before[0]! || after.slice(1).join() !== before.slice(1).join()))
      throw new Error(`The value "${name}" does not have one row for each example.`);
  }
  return changes;
}

/** Whether a node reshapes to these sizes. */
function reshapedAs(sizes: readonly number[], run: () => Tensor | readonly (Tensor | undefined)[]): boolean {
  try {
    return (run() as Tensor).shape.join() === sizes.join();
  } catch {
    return false;
  }
}

const sizesTensor = (sizes: readonly number[]): Tensor => tensor(BigInt64Array.from(sizes, BigInt), { dtype: 'int64' });

/**
 * Where a reshaped value has the batch: elements stay in order, so as many come before it as did. Between two axes it belongs to the one behind, unless those are
 * the features, which layers expect to be as many as before.
 */
function reshapedBatch(
  { axis, before }: BatchAxis,
  from: readonly number[],
  to: readonly number[],
  batch: number,
): BatchAxis {
  const ahead = sizeOf(from.slice(0, axis)) * before;
  const places: BatchAxis[] = [];
  let passed = 1;
  for (const [i, size] of to.entries()) {
    const share = ahead / passed;
    if (Number.isInteger(share) && size % (share * batch) === 0) places.push({ axis: i, before: share });
    passed *= size;
  }
  const last = to.length - 1;
  const best =
    places.find((one) => one.before === 1 && to[one.axis] === batch) ??
    places.find((one) => one.before === 1 && one.axis < last) ??
    places.find((one) => one.before > 1) ??
    places[0];
  if (!best) throw new Error(`a batch cannot be found in [${to.join(', ')}].`);
  return best;
}
