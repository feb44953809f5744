import type { Backend } from './backend.ts';
import type { AnyOp } from './op.ts';
import { js } from './js-backend.ts';
import { own, scope } from './scope.ts';
import { showShape, type TensorSpec } from './spec.ts';
import { Tensor } from './tensor.ts';

/** A placeholder for a tensor in a graph. */
export interface GraphValue extends TensorSpec {
  readonly id: number;
  /** The name of an input, if inputs are named. */
  readonly name?: string;
}

/** One op of a graph. */
export interface GraphCall {
  readonly op: AnyOp;
  readonly inputs: readonly GraphValue[];
  readonly output: GraphValue;
  readonly attrs: unknown;
}

/** A function's ops, recorded without computing anything. */
export interface Graph {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** In topological order. */
  readonly calls: readonly GraphCall[];
  /** Tensors from outside, such as weights, by their value in the graph. The graph holds a reference to each. */
  readonly constants: ReadonlyMap<GraphValue, Tensor>;
  /** Releases the constants; otherwise the garbage collector does so some time after the last use. */
  dispose(): void;
}

/** Shapes and dtypes by name. */
export type NamedSpecs = Readonly<Record<string, TensorSpec>>;

type Traced = Tensor | readonly Tensor[];

/**
 * Runs a function on specs instead of values and returns its ops as a graph. Integer tensors on the host (shapes,
 * indices) keep their values: ops that depend only on them are computed and do not appear in the graph.
 * @param fn a synchronous function of tensors, or of tensors by name if the specs are named
 * @throws if the function reads values
 */
export function trace(fn: (...inputs: Tensor[]) => Traced, specs: readonly TensorSpec[]): Graph;
export function trace(fn: (inputs: Readonly<Record<string, Tensor>>) => Traced, specs: NamedSpecs): Graph;
export function trace(fn: (...inputs: never[]) => Traced, specs: readonly TensorSpec[] | NamedSpecs): Graph {
  const calls: GraphCall[] = [];
  const constants = new Map<GraphValue, Tensor>();
  const lifted = new Map<Tensor, GraphValue>();
  let ids = 0;
  const value = ({ shape, dtype }: TensorSpec, name?: string): GraphValue => ({
    id: ids++,
    shape,
    dtype,
    ...(name !== undefined && { name }),
  });
  const unreadable = (_: GraphValue, spec: TensorSpec): never => {
    throw new Error(
      `The values of a ${spec.dtype} tensor ${showShape(spec.shape)} are not known while tracing. Compute with ops instead of reading them.`,
    );
  };
  const tracer: Backend<GraphValue> = {
    name: 'trace',
    kernels: new Map(),
    write(values, spec) {
      const constant = value(spec);
      const tensor = new Tensor(spec, js, js.write(values, spec));
      tensor.watch();
      constants.set(constant, tensor);
      return constant;
    },
    read: unreadable,
    retain: () => undefined,
    release: () => undefined,
    adopt(tensor) {
      const known = lifted.get(tensor as Tensor);
      if (known) return known;
      const constant = value(tensor);
      // Values computed from weights alone belong to the scope, but the graph still needs them.
      (tensor as Tensor).retain().watch();
      lifted.set(tensor as Tensor, constant);
      constants.set(constant, tensor as Tensor);
      return constant;
    },
    trace(op, inputs, attrs, out) {
      const output = value(out);
      calls.push({ op, inputs: inputs.map((input) => input.data), output, attrs });
      return output;
    },
  };
  return scope(() => {
    const named = Array.isArray(specs) ? undefined : Object.entries(specs as NamedSpecs);
    const inputs =
      named?.map(([name, spec]) => value(spec, name)) ?? (specs as readonly TensorSpec[]).map((spec) => value(spec));
    const tensors = inputs.map((input) => own(new Tensor(input, tracer, input)));
    const given = named ? [Object.fromEntries(named.map(([name], i) => [name, tensors[i]!]))] : tensors;
    const result = (fn as (...inputs: unknown[]) => Traced)(...given);
    const outputs = (result instanceof Tensor ? [result] : result).map((tensor) =>
      tensor.backend === tracer ? (tensor.data as GraphValue) : tracer.adopt!(tensor),
    );
    return {
      inputs,
      outputs,
      calls,
      constants,
      dispose() {
        for (const tensor of constants.values()) tensor.release();
        constants.clear();
      },
    };
  });
}
