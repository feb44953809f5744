import { isConstant } from './import-onnx.ts';
import type { OnnxConstant, OnnxFile, OnnxNode } from './proto/read-model.ts';

/** The one node that reads a value; nothing where several do, a graph inside a node does, or the file hands it out. */
export function onlyReaders(file: OnnxFile): (value: string) => OnnxNode | undefined {
  const readers = new Map<string, (OnnxNode | undefined)[]>(file.outputs.map(({ name }) => [name, [undefined]]));
  const add = (name: string, reader: OnnxNode | undefined): void =>
    void readers.set(name, [...(readers.get(name) ?? []), reader]);
  for (const node of file.nodes) {
    if (isConstant(node)) continue;
    for (const name of node.inputs) add(name, node);
    for (const name of node.attributes.captured) add(name, undefined);
  }
  return (value) => (readers.get(value)?.length === 1 ? readers.get(value)![0] : undefined);
}

/** A tensor of the file by name, also one that an Identity hands out. */
export const constantOf = ({ constants, handedOut }: OnnxFile, name: string | undefined): OnnxConstant | undefined =>
  name ? (constants.get(name) ?? handedOut.get(name)) : undefined;
