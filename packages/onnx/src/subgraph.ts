import { GraphModule, type GraphNode, type Run } from '@graft/layers';
import { js, type Tensor, tensor } from '@graft/tensor';
import { type BuildBudget, sizeOfBody } from './build-budget.ts';
import { type BoundSubgraph, type OnnxOperator, operatorFor, runOperator } from './operator.ts';
import { Attributes } from './proto/attributes.ts';
import { outerNames } from './proto/outer-names.ts';
import { functionKey, type OnnxFile, type OnnxNode, plainDomain, readConstants, readNode } from './proto/read-model.ts';
import { type FunctionProto, type GraphProto, toInteger } from './proto/schema.ts';
import { holding, smallTypeIn } from './proto/small-types.ts';
import { sortNodes } from './proto/sort-nodes.ts';
import { unsupported } from './unsupported.ts';
import type { ConstantUse } from './weight-roles.ts';
import { widenedArray, widening } from './widen-halves.ts';
import { spendRuns } from './work-budget.ts';

/** The definitions of a graph's nodes. */
export interface Meaning {
  readonly file: OnnxFile;
  readonly opsets: ReadonlyMap<string, number>;
  readonly operators: readonly OnnxOperator[];
  /** Nesting depth of graphs and functions. */
  readonly depth: number;
  readonly budget: BuildBudget;
  /** Whether float16 and bfloat16 values keep their dtype; otherwise they are computed in float32. */
  readonly keepsHalves: boolean;
}

/** A graph run by a node: a branch, a loop's body or a function. Its constants are never trained. */
export interface Subgraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values of outer graphs that it uses. */
  readonly captured: readonly string[];
  /** How its nodes use outer values. */
  readonly uses: ReadonlyMap<string, ReadonlySet<ConstantUse>>;
  run(values: ReadonlyMap<string, Tensor>, run: Run): Map<string, Tensor>;
}

/** A node of a graph, prepared to run. */
export interface BuiltNode {
  readonly node: GraphNode;
  readonly uses: readonly (readonly [name: string, use: ConstantUse])[];
}

const deepest = 24;

/**
 * Prepares a node with its operator or function; its inputs are followed by the outer values of its subgraphs.
 * @throws if neither is found
 */
export function buildNode(node: OnnxNode, meaning: Meaning): BuiltNode {
  const { file, operators, opsets, depth } = meaning;
  if (depth > deepest)
    throw new Error(
      `Graphs and functions are nested more than ${deepest} deep at node "${node.name}" (${node.opType}): it may call itself.`,
    );
  const found = operatorFor(operators, node.opType, node.domain, opsets.get(node.domain) ?? 1);
  const operator = found && !meaning.keepsHalves ? widening(found) : found;
  const called = operator ? undefined : file.functions.get(functionKey(node.domain, node.opType));
  if (called) return functionNode(node, called, meaning);
  if (!operator) throw new Error(unsupported(node, opsets, operators));
  const bodies = new Map(
    [...node.attributes.graphs].map(([name, proto]) => [name, subgraphOf(proto, meaning, placeOf(node))]),
  );
  const captured = [...new Set([...bodies.values()].flatMap((body) => body.captured))];
  const count = node.inputs.length;
  const uses = [
    ...node.inputs.map((name, input) => [name, { node, input, operator }] as const),
    ...captured.flatMap((name) => usesOf(bodies.values(), name)),
  ];
  const bind = (body: Subgraph, around: ReadonlyMap<string, Tensor>, run: Run): BoundSubgraph => ({
    inputs: body.inputs.length,
    outputs: body.outputs.length,
    run(given) {
      const values = body.run(
        new Map([...around, ...body.inputs.slice(0, given.length).map((name, i) => [name, given[i]!] as const)]),
        run,
      );
      return body.outputs.map((name) => values.get(name)!);
    },
  });
  return {
    uses,
    node: {
      name: node.name,
      type: node.opType,
      inputs: [...node.inputs, ...captured],
      outputs: node.outputs,
      // The nodes of a body move their inputs themselves.
      steering: [...operator.steering, ...captured.map((_, i) => count + i)],
      run: (given, run, parameters) =>
        runOperator(operator, given.slice(0, count), node, {
          run,
          parameters: parameters.slice(0, count),
          subgraph(attribute) {
            const body = bodies.get(attribute);
            if (!body) throw new Error(`it has no graph "${attribute}".`);
            return bind(body, new Map(captured.map((name, i) => [name, given[count + i]!])), run);
          },
        }),
    },
  };
}

const usesOf = (bodies: Iterable<Subgraph>, name: string): (readonly [string, ConstantUse])[] =>
  [...bodies].flatMap((body) => Array.from(body.uses.get(name) ?? [], (use) => [name, use] as const));

const placeOf = ({ name, opType }: OnnxNode): string => `Node "${name}" (${opType})`;

/** Prepares a graph inside a node. @param place the node in messages */
export function subgraphOf(proto: GraphProto, meaning: Meaning, place: string): Subgraph {
  meaning.budget.spend(sizeOfBody(proto), place);
  const { external } = meaning.file;
  const nodes = (proto.node ?? []).map((one, i) => readNode(one, i, new Uint8Array(), external));
  const constants = readConstants(
    proto,
    nodes,
    (proto.initializer ?? []).map(() => new Uint8Array()),
    external,
  );
  const inputs = (proto.input ?? []).map(({ name }) => name ?? '').filter((name) => !constants.has(name));
  const values = new Map(
    [...constants].map(([name, one]) => {
      const { data, shape, dtype } = meaning.keepsHalves ? one.read() : widenedArray(one.read());
      return [name, holding(tensor(data, { shape, dtype, backend: js }), smallTypeIn(data))];
    }),
  );
  return assembled(
    nodes,
    { inputs, outputs: (proto.output ?? []).map(({ name }) => name ?? ''), captured: outerNames(proto), values },
    meaning,
  );
}

interface Parts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly captured: readonly string[];
  readonly values: ReadonlyMap<string, Tensor>;
  /** Omitted optional inputs. */
  readonly absent?: readonly string[];
}

function assembled(
  nodes: readonly OnnxNode[],
  { inputs, outputs, captured, values, absent = [] }: Parts,
  meaning: Meaning,
): Subgraph {
  const own = nodes.filter((node) => !(node.opType === 'Constant' && values.has(node.outputs[0] ?? '')));
  const built = sortNodes(own, [...inputs, ...captured, ...values.keys(), ...absent]).map((node) =>
    buildNode(node, { ...meaning, depth: meaning.depth + 1 }),
  );
  // Sets, because calls that pass one value several times would multiply its uses at every level.
  const uses = new Map<string, Set<ConstantUse>>();
  for (const one of built)
    for (const [name, use] of one.uses) {
      const known = uses.get(name);
      if (known) known.add(use);
      else uses.set(name, new Set([use]));
    }
  const module = new GraphModule({
    inputs: [...inputs, ...captured],
    outputs: [...new Set(outputs)],
    nodes: built.map((one) => one.node),
    weights: new Map(),
    constants: values,
  });
  return {
    inputs,
    outputs,
    captured,
    uses,
    run(given, run) {
      spendRuns(1 + built.length);
      return module.call(given, run);
    },
  };
}

/** Prepares a call of a function that the file defines. */
function functionNode(node: OnnxNode, proto: FunctionProto, meaning: Meaning): BuiltNode {
  meaning.budget.spend(sizeOfBody(proto), placeOf(node));
  const defaults = (proto as { attributeProto?: Parameters<typeof Attributes.called>[2] }).attributeProto ?? [];
  const nodes = (proto.node ?? []).map((one, i) =>
    readNode(
      { ...one, attribute: Attributes.called(one.attribute ?? [], node.attributes, defaults) },
      i,
      new Uint8Array(),
      meaning.file.external,
    ),
  );
  const opsets = new Map([
    ...meaning.opsets,
    ...(proto.opsetImport ?? []).map(({ domain, version }) => [plainDomain(domain), toInteger(version ?? 1)] as const),
  ]);
  const inputs = proto.input ?? [];
  const isGiven = (_: string, i: number): boolean => Boolean(node.inputs[i]);
  const body = assembled(
    nodes,
    {
      inputs: inputs.filter(isGiven),
      absent: inputs.filter((name, i) => !isGiven(name, i)),
      outputs: proto.output ?? [],
      captured: [],
      values: new Map(),
    },
    { ...meaning, opsets },
  );
  return {
    uses: node.inputs.flatMap((name, i) =>
      Array.from(body.uses.get(inputs[i] ?? '') ?? [], (use) => [name, use] as const),
    ),
    node: {
      name: node.name,
      type: node.opType,
      inputs: node.inputs,
      outputs: node.outputs,
      steering: node.inputs.map((_, i) => i),
      run(given, run) {
        const values = body.run(
          new Map(given.flatMap((value, i) => (value ? [[inputs[i]!, value] as const] : []))),
          run,
        );
        return body.outputs.map((name) => values.get(name));
      },
    },
  };
}
