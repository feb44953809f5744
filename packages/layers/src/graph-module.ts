import { type AnyBackend, drop, isFloat, keep, type Parameter, scope, Tensor, upload } from '@graft/tensor';
import { didYouMean, oneLine } from '@graft/plugin';
import type { ModuleInput } from './inputs.ts';
import { Module } from './module.ts';
import { inference, type Run } from './run.ts';

/** One node of a graph: a function of named values. */
export interface GraphNode {
  readonly name: string;
  /** The operator's name, such as `Conv`. */
  readonly type: string;
  /** Names of values; '' for an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Indices of inputs whose values the node reads, such as shapes; constants are passed to them on the host. */
  readonly steering?: readonly number[];
  /** @param slots the weights behind the inputs, for nodes that update them or check whether they are frozen */
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
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  /** Weights and buffers by value name. */
  readonly weights: ReadonlyMap<string, Parameter>;
  /** Constants, on the host. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Copies of floating-point constants on the weights' backend, if that is not the host. */
  readonly placed?: ReadonlyMap<string, Tensor>;
}

/** A module made of nodes and named values, as built by an importer. Any value can be its output. Inputs are given by name, or as one tensor if there is only one. */
export class GraphModule extends Module<ModuleInput> {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly weights: ReadonlyMap<string, Parameter>;
  readonly constants: ReadonlyMap<string, Tensor>;
  private placed: ReadonlyMap<string, Tensor>;
  private readonly lastUses: readonly (readonly string[])[];
  private readonly steers: readonly ReadonlySet<number>[];
  private readonly inputSet: ReadonlySet<string>;

  constructor({ inputs, outputs, nodes, weights, constants, placed = new Map() }: GraphModuleOptions) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.nodes = nodes;
    this.weights = weights;
    this.constants = constants;
    this.placed = placed;
    this.lastUses = lastUsesOf(nodes, outputs);
    this.steers = nodes.map(({ steering }) => (steering?.length ? new Set(steering) : noInputs));
    this.inputSet = new Set(inputs);
    for (const [name, parameter] of weights) parameter.name = name;
    for (const tensor of constants.values()) tensor.kept = true;
  }

  /** Weights are named by their paths. */
  get childrenField(): string {
    return 'weights';
  }

  /** Names of all values: inputs, then node outputs, in order. */
  values(): readonly string[] {
    return [...this.inputs, ...this.nodes.flatMap((node) => node.outputs.filter(Boolean))];
  }

  /**
   * Computes the first output, from all inputs by name, or from one tensor if there is one input.
   * @throws if an input is missing or unknown (the error lists the inputs), or a node fails (the error names it)
   */
  override forward(input: ModuleInput, run: Run = inference): Tensor {
    if (input instanceof Tensor && this.inputs.length !== 1)
      throw new Error(
        `This graph has ${this.inputs.length} inputs (${this.inputs.join(', ')}) but got one tensor. Give it a tensor for each by name: forward({ ${this.inputs.map((name) => (/^[\w$]+$/.test(name) ? name : `'${name}'`)).join(', ')} }).`,
      );
    const named = input instanceof Tensor ? [[this.inputs[0]!, input] as const] : Object.entries(input);
    for (const [name] of named)
      if (!this.needs(name) && !this.isUnused(name))
        throw new Error(
          `The graph has no input "${name}".${didYouMean(name, this.inputs)} Its inputs are ${this.inputs.join(', ')}.`,
        );
    return this.call(new Map(named), run).get(this.outputs[0]!)!;
  }

  /** Whether a name is one of the inputs. */
  protected needs(name: string): boolean {
    return this.inputSet.has(name);
  }

  /** Whether a name is an input of the whole graph that this part does not need. */
  protected isUnused(_name: string): boolean {
    return false;
  }

  /**
   * Computes all outputs by name, from all inputs by name; other tensors are ignored.
   * @throws if an input is missing (the error lists the inputs), or a node fails (the error names it)
   */
  call(inputs: ReadonlyMap<string, Tensor>, run: Run = inference): Map<string, Tensor> {
    const values = new Map<string, Tensor>(inputs);
    for (const name of this.inputs)
      if (!values.has(name))
        throw new Error(`Input "${name}" is missing. Give a tensor for each of: ${this.inputs.join(', ')}.`);
    const given = new Set(inputs.values());
    const names = new Map<Tensor, number>(); // how many values each result is
    // While tracing, constants stay visible to rewriting rules.
    const placed = [...given].some(({ backend }) => backend.trace) ? undefined : this.placed;
    const read = (name: string, steers = false): Tensor | undefined =>
      values.get(name) ??
      this.weights.get(name)?.value ??
      (steers ? undefined : placed?.get(name)) ??
      this.constants.get(name);
    for (const [i, node] of this.nodes.entries()) {
      const results = this.runNode(
        node,
        node.inputs.map((name, k) => (name ? (read(name, this.steers[i]!.has(k)) ?? this.missing(name)) : undefined)),
        run,
      );
      for (const [k, name] of node.outputs.entries()) {
        const result = results[k];
        if (!name || !result) continue;
        values.set(name, result);
        names.set(result, (names.get(result) ?? 0) + 1);
      }
      dropUnused(values, names, given, this.lastUses[i]!);
    }
    return new Map(this.outputs.map((name) => [name, read(name) ?? this.missing(name)]));
  }

  /** The value of a name that no node has computed: a node may only leave out outputs that nothing reads. @throws */
  protected missing(name: string): Tensor {
    const node = this.nodes.find(({ outputs }) => outputs.includes(name));
    throw new Error(
      node
        ? `Node "${node.name}" (${node.type}) does not compute its output "${name}", which the graph needs. Export the model again for inference.`
        : `The graph has no value "${name}". It has ${this.values().length}: ${preview(this.values())}.`,
    );
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
      throw new Error(oneLine(`Node "${node.name}" (${node.type}): ${(error as Error).message}`, Infinity), {
        cause: error,
      });
    }
  }

  /**
   * The part of this graph that computes one value; its parameters are shared.
   * @throws if there is no such value; the error suggests the nearest name
   */
  cut(value: string): GraphModule {
    return new GraphModule(this.partFor([value]));
  }

  /**
   * The rest of the graph after one value: computes the outputs from that value alone. Parameters are shared.
   * @throws if there is no such value, or the outputs also depend on another one
   */
  after(value: string): GraphModule {
    return new GraphModule(this.partAfter(value));
  }

  protected partAfter(value: string): GraphModuleOptions {
    const part = this.partFor(this.outputs, value);
    if (part.inputs.length > 0)
      throw new Error(
        `The outputs ${this.outputs.join(', ')} of the graph cannot be computed from "${value}" alone: they also need its input "${part.inputs[0]!}". Choose a value that candidateCuts() lists.`,
      );
    return { ...part, inputs: [value] };
  }

  /** The nodes needed to compute some values. @param given a value that is already available */
  protected partFor(outputs: readonly string[], given?: string): GraphModuleOptions {
    const all = this.values();
    const known = new Set(all);
    for (const name of given === undefined ? outputs : [given, ...outputs])
      if (!known.has(name))
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

  /** Moves parameters. Floating-point constants are copied along for nodes that compute with them; values that nodes read stay on the host. */
  override async to(backend: AnyBackend): Promise<this> {
    await super.to(backend);
    const computedWith = new Set(
      this.nodes.flatMap(({ inputs }, n) => inputs.filter((_, i) => !this.steers[n]!.has(i))),
    );
    const moving = [...this.constants].filter(
      ([name, tensor]) => isFloat(tensor.dtype) && tensor.backend !== backend && computedWith.has(name),
    );
    this.placed = new Map(moving.map(([name, tensor]) => [name, keep(upload(tensor, backend))]));
    return this;
  }
}

const noInputs: ReadonlySet<number> = new Set();

/**
 * Frees values that no later node reads. Several names may refer to one tensor, and inputs belong to the caller.
 * @param holders how many values each result of a node is
 */
function dropUnused(
  values: Map<string, Tensor>,
  holders: Map<Tensor, number>,
  given: ReadonlySet<Tensor>,
  names: readonly string[],
): void {
  for (const name of names) {
    const tensor = values.get(name);
    values.delete(name);
    const others = tensor && (holders.get(tensor) ?? 0) - 1;
    if (others === undefined || others < 0) continue; // it was given, or it is not a result
    holders.set(tensor!, others);
    // Slots hold the weights and the graph holds the constants, so dropping either is a no-op.
    if (others === 0 && !given.has(tensor!)) drop(tensor!);
  }
}

/** For each node, the values that no later node reads. */
function lastUsesOf(nodes: readonly GraphNode[], outputs: readonly string[]): string[][] {
  const last = new Map<string, number>();
  for (const [i, node] of nodes.entries())
    for (const name of [...node.inputs, ...node.outputs]) if (name) last.set(name, i);
  const lists = nodes.map((): string[] => []);
  const kept = new Set(outputs);
  for (const [name, i] of last) if (!kept.has(name)) lists[i]!.push(name);
  return lists;
}

const preview = (names: readonly string[]): string =>
  names.length <= 12 ? names.join(', ') : `${names.slice(0, 4).join(', ')} … ${names.slice(-4).join(', ')}`;
