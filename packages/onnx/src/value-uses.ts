import { isConstant } from './needed-nodes.ts';
import type { OnnxConstant, OnnxFile, OnnxNode } from './proto/read-model.ts';

/** The only node that reads a value; undefined if there are several, a subgraph reads it, or it is an output. */
export function onlyReaders(file: OnnxFile): (value: string) => OnnxNode | undefined {
  const readers = new Map<string, (OnnxNode | undefined)[]>(file.outputs.map(({ name }) => [name, [undefined]]));
  const add = (name: string, reader: OnnxNode | undefined): void => {
    const known = readers.get(name);
    if (known) known.push(reader);
    else readers.set(name, [reader]);
  };
  for (const node of file.nodes) {
    if (isConstant(node)) continue;
    for (const name of node.inputs) add(name, node);
    for (const name of node.attributes.captured) add(name, undefined);
  }
  return (value) => (readers.get(value)?.length === 1 ? readers.get(value)![0] : undefined);
}

/** Finds a tensor of the file by name, also through an Identity. */
export const constantOf = ({ constants, handedOut }: OnnxFile, name: string | undefined): OnnxConstant | undefined =>
  name ? (constants.get(name) ?? handedOut.get(name)) : undefined;

/** The node that computes each value. */
export const makersIn = <Node extends { readonly outputs: readonly string[] }>(
  nodes: readonly Node[],
): ReadonlyMap<string, Node> => new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
