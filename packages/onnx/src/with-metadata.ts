import { type OnnxFile, type OnnxSource, readModel } from './proto/read-model.ts';
import { wrapGraph } from './wrap-graph.ts';

/** The bytes of a file with metadata added; entries with the same keys are replaced, and everything else is unchanged. */
export function withMetadata(
  source: Uint8Array | OnnxSource | OnnxFile,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const file = 'opsets' in source ? source : readModel(source);
  return wrapGraph(file.graph, file, file.opsets.get('')!, { metadata });
}
