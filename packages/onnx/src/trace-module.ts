import { type AnyModule, forward, type ModuleInput, tensorsOf, withValues } from '@graft/layers';
import {
  type AnyOp,
  apply,
  type Graph,
  type GraphCall,
  type GraphValue,
  type HostArray,
  inParts,
  type Parameter,
  sameShape,
  showShape,
  type Tensor,
  type TensorSpec,
  trace,
} from '@graft/tensor';
import type { Dimension, InputPlan } from './export-inputs.ts';
import type { ExportVariant } from './exporter.ts';
import { inferShapes } from './infer-shapes.ts';
import { OnnxModel, standIns } from './onnx-model.ts';

/** An imported graph as one op of the traced graph: its nodes are copied, not rewritten. */
export const ImportedGraph: AnyOp = {
  name: 'importedGraph',
  infer: (inputs, model: OnnxModel) =>
    inferShapes(model, {
      inputShapes: Object.fromEntries(model.inputs.map((name, i) => [name, inputs[i]!.shape])),
    }).get(model.outputs[0]!)!,
};

export interface TraceOptions extends Pick<InputPlan, 'named' | 'inputs' | 'samples' | 'sizes'> {
  /** Whether to also export imported graphs op by op; always done if their weights are computed. */
  readonly whole: boolean;
  /** Ops that can be exported directly; others are traced through their decomposition. */
  readonly writable: ReadonlySet<string>;
}

/** A traced module with its dynamic dimensions. */
export interface TracedModule {
  readonly graph: Graph;
  /** A value's shape; dynamic dimensions by name. */
  shapeOf(value: GraphValue): readonly Dimension[];
  /** Whether a dimension's name belongs to an input; others are computed from those. */
  isGiven(dimension: string): boolean;
  /** The dynamic dimension that a call's attributes depend on, if any. */
  changesWith(call: GraphCall): string | undefined;
  /** A call at each of the traced sizes, the graph's own first. */
  variants(call: GraphCall): readonly ExportVariant[];
}

/** How to choose the sizes of dynamic dimensions. */
interface Trial {
  readonly length: Sizes;
  readonly image: Sizes;
  /** What to add to a size at which the model is known to run; a factor of it is written as a negative number. */
  readonly known: readonly [number, number];
}
/**
 * Sizes to trace dynamic dimensions at: a base size and two others, one of them far away, because a stride hides small differences. Further ones are tried
 * if the module does not run at these, as with a table of few positions.
 */
const trials: readonly Trial[] = [
  { length: [6, 7, 12], image: [224, 225, 448], known: [1, -2] },
  { length: [6, 7, 9], image: [224, 256, 448], known: [32, -2] },
  { length: [24, 25, 48], image: [224, 256, 320], known: [1, 3] },
  { length: [3, 4, 6], image: [64, 65, 128], known: [32, 96] },
  { length: [224, 256, 448], image: [32, 33, 64], known: [32, 96] },
];
type Sizes = readonly [base: number, ...others: number[]];
const batches: Sizes = [2, 3, 5];

/** A module failed at one size; it may run at another. */
class DoesNotRun extends Error {}

/**
 * Traces a module at several sizes of each dynamic dimension: whatever differs depends on that dimension.
 * @throws if the module only works for one size of a dimension, which then cannot be dynamic; the error names it
 */
export function traceModule(module: AnyModule, options: TraceOptions): TracedModule {
  const { inputs } = options;
  let first: unknown;
  const tried = new Set<string>();
  // Exporters often use different names for the same dimension of several inputs.
  for (const shapes of inputs.length > 1 ? [inputs, inOneName(inputs)] : [inputs])
    for (const [trial, isKnown] of [
      ...(options.sizes.size ? trials.map((one) => [one, true] as const) : []),
      ...trials.map((one) => [one, false] as const),
    ]) {
      const sizes = sizesFor({ ...options, inputs: shapes }, trial, isKnown);
      const key = JSON.stringify([...sizes]);
      if (tried.has(key)) continue;
      tried.add(key);
      try {
        return traced(module, { ...options, inputs: shapes }, sizes);
      } catch (error) {
        if (!(error instanceof DoesNotRun)) throw error;
        first ??= error;
      }
    }
  throw first;
}

/** Unifies dynamic dimensions at the same position under the first name. */
function inOneName(inputs: TraceOptions['inputs']): TraceOptions['inputs'] {
  const names = new Map<number, string>();
  for (const { shape } of inputs)
    for (const [i, dim] of shape.entries()) if (typeof dim === 'string' && !names.has(i)) names.set(i, dim);
  return inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim, i) => (typeof dim === 'string' ? names.get(i)! : dim)),
  }));
}

/** @param isKnown whether to use the sizes at which the model is said to run */
function sizesFor({ inputs, samples, sizes: known }: TraceOptions, trial: Trial, isKnown: boolean): Map<string, Sizes> {
  const sizes = new Map<string, Sizes>();
  for (const { shape } of inputs)
    for (const [i, dim] of shape.entries()) {
      if (typeof dim !== 'string' || sizes.has(dim)) continue;
      const sample = samples.get(dim) ?? (isKnown ? known.get(dim) : undefined);
      if (sample !== undefined) {
        const others = trial.known.map((step) => (step < 0 ? -step * sample : sample + step));
        sizes.set(dim, [sample, ...others]);
      } else sizes.set(dim, i === 0 ? batches : trial[shape.length === 4 && i > 1 ? 'image' : 'length']);
    }
  return sizes;
}

/** @param lifted whether ops on parameters alone are part of the graph; they may depend on dynamic dimensions, like a slice of a table */
function traced(
  module: AnyModule,
  options: TraceOptions,
  sizes: ReadonlyMap<string, Sizes>,
  lifted = false,
): TracedModule {
  const { inputs, named, whole, writable } = options;
  const seen: [Parameter, Tensor][] = [];
  const run = (input: ModuleInput): Tensor => {
    if (!whole)
      standIns.set(tensorsOf(input)[0]!.backend, (model, given) => {
        for (const parameter of model.weights.values()) seen.push([parameter, parameter.value]);
        return standIn(model, given);
      });
    return forward(module, input);
  };
  const parameters = lifted ? ownParameters(module) : [];
  const at = (point: ReadonlyMap<string, number>): Graph => {
    const specs = inputs.map(({ dtype, shape }): TensorSpec => ({
      dtype,
      shape: shape.map((dim) => (typeof dim === 'string' ? point.get(dim)! : dim)),
    }));
    const graph = trace(
      (...values) => {
        const input = named ? Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]!])) : values[0]!;
        return withValues(parameters, values.slice(inputs.length), () => run(input));
      },
      [...specs, ...parameters.map(({ value: { shape, dtype } }) => ({ shape, dtype }))],
    );
    const constants = new Map(graph.constants);
    for (const [i, { value }] of parameters.entries()) constants.set(graph.inputs[inputs.length + i]!, value);
    return inParts(
      { ...graph, inputs: graph.inputs.slice(0, inputs.length), constants },
      ({ op }) => op === ImportedGraph || writable.has(op.name),
    );
  };
  const base = new Map([...sizes].map(([name, [size]]) => [name, size]));
  const graph = atBase(at, base, options);
  // Weights that were replaced while the graph ran, as by adapters, differ from those in a copy of its nodes.
  if (seen.some(([parameter, value]) => parameter.value !== value))
    return traced(module, { ...options, whole: true }, sizes);
  const others = [...sizes].flatMap(([name, [, ...rest]]) =>
    rest.map((size) => ({ name, size, graph: atOther(at, base, name, size) })),
  );
  const twins = new Map<GraphValue, GraphValue[]>();
  const callsElsewhere = new Map<GraphCall, GraphCall[]>();
  for (const { name, size, graph: other } of others) {
    const differs = (): never => {
      throw new Error(
        `The model computes differently for "${name}" = ${base.get(name)!} and ${size}, so one graph cannot represent it.${wayOut(name)}`,
      );
    };
    pairUp(graph, other, twins, callsElsewhere, differs);
  }
  const pointsOf = (sizeAt: (place: number) => number): string =>
    Array.from({ length: others.length + 1 }, (_, i) => sizeAt(i)).join();
  const names = new Map(
    [...base].map(([name, size]) => [
      pointsOf((i) => (i > 0 && others[i - 1]!.name === name ? others[i - 1]!.size : size)),
      name,
    ]),
  );
  const shapeOf = (value: GraphValue): readonly Dimension[] => {
    const all = [value, ...(twins.get(value) ?? [])];
    return value.shape.map((dim, axis) => {
      if (all.every(({ shape }) => shape[axis] === dim)) return dim;
      const key = pointsOf((i) => all[i]!.shape[axis]!);
      if (!names.has(key)) names.set(key, `?${names.size}`);
      return names.get(key)!;
    });
  };
  const obstacle = bakedIn(graph, others, twins);
  if (obstacle !== undefined && !lifted) return traced(module, options, sizes, true);
  if (obstacle !== undefined) throw new Error(obstacle);
  const variants = (call: GraphCall): ExportVariant[] =>
    [call, ...(callsElsewhere.get(call) ?? [])].map((one) => ({
      attrs: one.attrs,
      inputs: one.inputs.map(({ shape }) => shape),
      output: one.output.shape,
    }));
  return {
    graph,
    shapeOf,
    isGiven: (dimension) => base.has(dimension),
    changesWith(call) {
      if (call.op === ImportedGraph) return undefined;
      const attrs = JSON.stringify(call.attrs);
      const at = callsElsewhere.get(call)?.findIndex((one) => JSON.stringify(one.attrs) !== attrs) ?? -1;
      return others[at]?.name;
    },
    variants,
  };
}

type At = (point: ReadonlyMap<string, number>) => Graph;

/** @throws if the module does not run; the error lists the sizes that were not given */
function atBase(at: At, base: ReadonlyMap<string, number>, { inputs, samples }: TraceOptions): Graph {
  try {
    return at(base);
  } catch (error) {
    const open = [...base].filter(
      ([name]) => !samples.has(name) && inputs.some(({ shape }) => shape.indexOf(name) > 0),
    );
    const taken = open.map(([name, size]) => `"${name}" as ${size}`).join(', ');
    throw new DoesNotRun(
      `${(error as Error).message}${taken && ` The export used ${taken}; give sizes that the model accepts instead.`}`,
      { cause: error },
    );
  }
}

/** @throws if the module does not run at another size; the error names the dimension */
function atOther(at: At, base: ReadonlyMap<string, number>, name: string, size: number): Graph {
  try {
    return at(new Map([...base, [name, size]]));
  } catch (error) {
    throw new DoesNotRun(
      `The model runs for "${name}" = ${base.get(name)!}, but not for ${size}: ${(error as Error).message}${wayOut(name)}`,
      { cause: error },
    );
  }
}

/** Parameters outside imported graphs, whose nodes may read them. */
function ownParameters(module: AnyModule): Parameter[] {
  const imported = new Set<Parameter>();
  for (const [, one] of module.modules())
    if (one instanceof OnnxModel) for (const parameter of one.weights.values()) imported.add(parameter);
  return [...module.parameters()].map(([, one]) => one).filter((one) => !imported.has(one));
}

const wayOut = (name: string): string => ` Export it with a fixed size for "${name}".`;

/** Pairs the values of two graphs by position. */
function pairUp(
  graph: Graph,
  other: Graph,
  twins: Map<GraphValue, GraphValue[]>,
  calls: Map<GraphCall, GraphCall[]>,
  differs: () => never,
): void {
  const own = new Map<GraphValue, GraphValue>();
  const pair = (a: readonly GraphValue[], b: readonly GraphValue[]): void => {
    if (a.length !== b.length) differs();
    for (const [i, value] of a.entries()) {
      const twin = b[i]!;
      if (own.has(value) ? own.get(value) !== twin : false) differs();
      if (value.shape.length !== twin.shape.length || graph.constants.has(value) !== other.constants.has(twin))
        differs();
      own.set(value, twin);
    }
  };
  if (graph.calls.length !== other.calls.length) differs();
  pair(graph.inputs, other.inputs);
  for (const [i, call] of graph.calls.entries()) {
    const twin = other.calls[i]!;
    if (call.op.name !== twin.op.name) differs();
    pair([...call.inputs, call.output], [...twin.inputs, twin.output]);
    calls.set(call, [...(calls.get(call) ?? []), twin]);
  }
  pair(graph.outputs, other.outputs);
  for (const [value, twin] of own) twins.set(value, [...(twins.get(value) ?? []), twin]);
}

/** Describes the problem if a constant depends on a size in any way but repeating one number. */
function bakedIn(
  graph: Graph,
  others: readonly { readonly name: string; readonly graph: Graph }[],
  twins: ReadonlyMap<GraphValue, readonly GraphValue[]>,
): string | undefined {
  for (const [value, held] of graph.constants)
    for (const [i, twin] of (twins.get(value) ?? []).entries()) {
      const { name, graph: other } = others[i]!;
      const elsewhere = other.constants.get(twin)!;
      if (elsewhere === held) continue;
      const [a, b] = [hostValues(held), hostValues(elsewhere)];
      const isSame = sameShape(a.shape, b.shape)
        ? a.data.every((item, k) => Object.is(item, b.data[k]))
        : isRepeated(a) && isRepeated(b) && Object.is(a.data[0], b.data[0]);
      if (!isSame)
        return `The model makes ${held.dtype} values ${showShape(held.shape)} that depend on the size of "${name}", but a file can only store them for one size.${wayOut(name)}`;
    }
  return undefined;
}

/** Whether an array repeats one number. */
const isRepeated = ({ data }: HostArray): boolean => data.length > 0 && data.every((item) => Object.is(item, data[0]));

/** A constant's values on the host. */
export const hostValues = (held: Tensor): HostArray => ({
  shape: held.shape,
  dtype: held.dtype,
  data: held.arraySync(),
});

const standIn = (model: OnnxModel, inputs: readonly Tensor[]): Tensor => {
  if (model.outputs.length !== 1)
    throw new Error(
      `An imported graph with the outputs ${model.outputs.join(', ')} cannot be part of another model's file. Cut it to one output.`,
    );
  return apply(ImportedGraph, inputs, model);
};
