import { type OnnxFile, readModel } from './proto/read-model.ts';
import { wrapGraph } from './wrap-graph.ts';

/** The same file with another graph. Tensors outside the file are read as before. */
export function withGraph(file: OnnxFile, graph: Uint8Array): OnnxFile {
  const read = readModel({ name: file.name, model: wrapGraph(graph, file, file.opsets.get('')!, {}) });
  const constants = new Map([...read.constants].map(([name, one]) => [name, file.constants.get(name) ?? one]));
  const handedOut = new Map([...read.handedOut].map(([name, one]) => [name, file.handedOut.get(name) ?? one]));
  return { ...read, constants, handedOut, external: file.external };
}
