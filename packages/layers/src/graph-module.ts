import { type AnyBackend, drop, isFloat, keep, type Parameter, scope, Tensor, upload } from '@graft/tensor';
import { didYouMean } from '@graft/plugin';
import type { ModuleInput } from './inputs.ts';
import { Module } from './module.ts';
import { inference, type Run } from './run.ts';

/** One node of a graph: a function of named values. */
export interface GraphNode {
  readonly name: string;
  /** What kind of node it is, such as `Conv`. */
  readonly type: string;
  /** Names of values; '' for an optional one that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Places of inputs whose values the node reads, such as shapes: constants come to them as the host holds them. */
  readonly steering?: readonly number[];
  /** @param slots the weights behind the inputs, for nodes that update them or ask whether they are frozen */
  run(
    inputs: readonly (Tensor | undefined)[],
    run: Run,
    slots: readonly (Parameter | undefined)[],
  ): Tensor | readonly (Tensor | undefined)[];
}

export interface GraphModuleOptions {
  /** Names of the values that the caller gives. */
  readonly inputs: readonly string[];
  /** Names of the values that a call returns. */
  readonly outputs: readonly string[];
  /** In an order in which each value is made before it is used. */
  readonly nodes: readonly GraphNode[];
  /** Weights and buffers by the name of the value they are. */
  readonly weights: ReadonlyMap<string, Parameter>;
  /** Values that never change, on the host. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Copies of floating-point constants beside the weights, where these are elsewhere. */
  readonly placed?: ReadonlyMap<string, Tensor>;
}

/** A module made of named values and nodes, as an importer builds it. Any value can be its output. It takes its inputs by name, or one tensor where it has one input. */
export class GraphModule extends Module<ModuleInput> {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly weights: ReadonlyMap<string, Parameter>;
  readonly constants: ReadonlyMap<string, Tensor>;
  private placed: ReadonlyMap<string, Tensor>;
  private readonly lastUses: readonly (readonly string[])[];

  constructor({ inputs, outputs, nodes, weights, constants, placed = new Map() }: GraphModuleOptions) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.nodes = nodes;
    this.weights = weights;
    this.constants = constants;
    this.placed = placed;
    this.lastUses = lastUsesOf(nodes, outputs);
    for (const [name, parameter] of weights) parameter.name = name;
    for (const tensor of constants.values()) tensor.kept = true;
  }

  /** The weights' names are their paths. */
  get childrenField(): string {
    return 'weights';
  }

  /** Names of all values: inputs, then what the nodes make, in order. */
  values(): readonly string[] {
    return [...this.inputs, ...this.nodes.flatMap((node) => node.outputs.filter(Boolean))];
  }

  /**
   * The first output, from every input by name; or from one tensor where there is one input.
   * @throws where an input is missing or unknown, with the inputs there are; where a node fails, with its name
   */
  override forward(input: ModuleInput, run: Run = inference): Tensor {
    if (input instanceof Tensor && this.inputs.length !== 1)
      throw new Error(
        `This graph has ${this.inputs.length} inputs (${this.inputs.join(', ')}), and got one tensor. Give it a tensor for each by name: forward({ ${this.inputs.map((name) => (/^[\w$]+$/.test(name) ? name : `'${name}'`)).join(', ')} }).`,
      );
    const named = input instanceof Tensor ? [[this.inputs[0]!, input] as const] : Object.entries(input);
    for (const [name] of named)
      if (!this.inputs.includes(name))
        throw new Error(
          `The graph has no input "${name}".${didYouMean(name, this.inputs)} Its inputs are ${this.inputs.join(', ')}.`,
        );
    return this.call(new Map(named), run).get(this.outputs[0]!)!;
  }

  /**
   * Every output by name, from every input by name; other tensors are left alone.
   * @throws where an input is missing, with the inputs there are; where a node fails, with its name
   */
  call(inputs: ReadonlyMap<string, Tensor>, run: Run = inference): Map<string, Tensor> {
    const values = new Map<string, Tensor>(inputs);
    for (const name of this.inputs)
      if (!values.has(name))
        throw new Error(`Input "${name}" is missing. Give a tensor for each of: ${this.inputs.join(', ')}.`);
    const given = new Set(inputs.values());
    // While tracing, constants are numbers that rewriting rules may look at.
    const placed = [...given].some(({ backend }) => backend.trace) ? undefined : this.placed;
    const read = (name: string, steers = false): Tensor | undefined =>
      values.get(name) ??
      this.weights.get(name)?.value ??
      (steers ? undefined : placed?.get(name)) ??
      this.constants.get(name);
    for (const [i, node] of this.nodes.entries()) {
      const results = this.runNode(
        node,
        node.inputs.map((name, k) => (name ? read(name, node.steering?.includes(k)) : undefined)),
        run,
      );
      for (const [k, name] of node.outputs.entries()) if (name && results[k]) values.set(name, results[k]);
      this.dropUnused(values, given, this.lastUses[i]!);
    }
    return new Map(this.outputs.map((name) => [name, read(name)!]));
  }

  private runNode(node: GraphNode, inputs: readonly (Tensor | undefined)[], run: Run): readonly (Tensor | undefined)[] {
    try {
      const result = scope(() =>
        node.run(
          inputs,
          run,
          node.inputs.map((name) => this.weights.get(name)),
        ),
      );
      return Array.isArray(result) ? (result as readonly (Tensor | undefined)[]) : [result as Tensor];
    } catch (error) {
      throw new Error(`Node "${node.name}" (${node.type}): ${(error as Error).message}`, { cause: error });
    }
  }

  /** Frees values that no later node reads. Several names may stand for one tensor, and the inputs are not ours. */
  private dropUnused(values: Map<string, Tensor>, given: ReadonlySet<Tensor>, names: readonly string[]): void {
    for (const name of names) {
      const tensor = values.get(name);
      values.delete(name);
      // Weights are held by their slots and constants are kept, so that dropping either does nothing.
      if (tensor && !given.has(tensor) && ![...values.values()].includes(tensor)) drop(tensor);
    }
  }

  /**
   * The part of this graph that computes one value; its parameters are shared.
   * @throws where there is no such value, with the nearest name
   */
  cut(value: string): GraphModule {
    return new GraphModule(this.partFor([value]));
  }

  /**
   * The part that goes on from one value: what computes the outputs from it alone. Its parameters are shared.
   * @throws where there is no such value, or the outputs need more than it
   */
  after(value: string): GraphModule {
    return new GraphModule(this.partAfter(value));
  }

  protected partAfter(value: string): GraphModuleOptions {
    const part = this.partFor(this.outputs, value);
    if (part.inputs.length > 0)
      throw new Error(
        `The outputs ${this.outputs.join(', ')} of the graph are not computed from "${value}" alone: they need its input "${part.inputs[0]!}", too. Go on from a value that candidateCuts() lists.`,
      );
    return { ...part, inputs: [value] };
  }

  /** What is needed to compute some values. @param given a value that is there already */
  protected partFor(outputs: readonly string[], given?: string): GraphModuleOptions {
    const all = this.values();
    for (const name of given === undefined ? outputs : [given, ...outputs])
      if (!all.includes(name))
        throw new Error(
          `The graph has no value "${name}".${didYouMean(name, all)} It has ${all.length}: ${preview(all)}.`,
        );
    const needed = new Set(outputs);
    const nodes = this.nodes
      .toReversed()
      .filter((node) => {
        const used = node.outputs.some((name) => name !== given && needed.has(name));
        if (used) for (const name of node.inputs) needed.add(name);
        return used;
      })
      .toReversed();
    const pick = <T>(from: ReadonlyMap<string, T>): Map<string, T> =>
      new Map([...from].filter(([name]) => needed.has(name)));
    return {
      inputs: this.inputs.filter((name) => name !== given && needed.has(name)),
      outputs,
      nodes,
      weights: pick(this.weights),
      constants: pick(this.constants),
      placed: pick(this.placed),
    };
  }

  /** Moves parameters. Floating-point constants are copied there for the nodes that compute with them; what a node reads stays on the host. */
  override async to(backend: AnyBackend): Promise<this> {
    await super.to(backend);
    const computedWith = new Set(
      this.nodes.flatMap(({ inputs, steering }) => inputs.filter((_, i) => !steering?.includes(i))),
    );
    const moving = [...this.constants].filter(
      ([name, tensor]) => isFloat(tensor.dtype) && tensor.backend !== backend && computedWith.has(name),
    );
    this.placed = new Map(moving.map(([name, tensor]) => [name, keep(upload(tensor, backend))]));
    return this;
  }
}

/** For each node, the values that nobody reads after it. */
function lastUsesOf(nodes: readonly GraphNode[], outputs: readonly string[]): string[][] {
  const last = new Map<string, number>();
  for (const [i, node] of nodes.entries())
    for (const name of [...node.inputs, ...node.outputs]) if (name) last.set(name, i);
  const lists = nodes.map((): string[] => []);
  for (const [name, i] of last) if (!outputs.includes(name)) lists[i]!.push(name);
  return lists;
}

const preview = (names: readonly string[]): string =>
  names.length <= 12 ? names.join(', ') : `${names.slice(0, 4).join(', ')} … ${names.slice(-4).join(', ')}`;
