import type { OnnxFile } from '@graft/onnx';

/** Operators that keep token numbers as they are. */
const passing = ['Cast', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'];

/** The number of tokens that a network has embeddings for: the smallest table that is indexed with `input_ids`; undefined if there is none. */
export function embeddingRows({ nodes, constants, handedOut }: OnnxFile): number | undefined {
  const tokens = new Set(['input_ids']);
  let rows: number | undefined;
  for (const { opType, inputs, outputs, attributes } of nodes) {
    const [first = '', second = ''] = inputs;
    if (passing.includes(opType) && tokens.has(first)) tokens.add(outputs[0]!);
    const table =
      opType === 'Gather' && tokens.has(second) ? (constants.get(first) ?? handedOut.get(first)) : undefined;
    if (!table) continue;
    const { shape } = table.read();
    const found = shape.at(attributes.int('axis', 0));
    rows = Math.min(rows ?? Infinity, found ?? Infinity);
  }
  return Number.isFinite(rows) ? rows : undefined;
}
