import type { OnnxFile } from './proto/read-model.ts';
import { field } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writeHeader, writeMetadata, writeOpset } from './proto/write.ts';

/** Metadata that a file stores along with its graph. */
export interface FileTexts {
  /** Names of the classes, in order; stored in the file as JSON under `labels`. */
  readonly labels?: readonly string[];
  /** Preprocessing of inputs; stored in the file as JSON under `preprocessing`. */
  readonly preprocessing?: unknown;
  /** Additional metadata to store in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Wraps an encoded graph as a file: with the other fields of its original file unchanged, or with a new header. */
export function wrapGraph(
  graph: Uint8Array,
  from: OnnxFile | undefined,
  opset: number,
  { labels, preprocessing, metadata }: FileTexts,
): Uint8Array {
  const texts = new Map(
    Object.entries({
      ...(labels && { labels: JSON.stringify(labels) }),
      ...(preprocessing !== undefined && { preprocessing: JSON.stringify(preprocessing) }),
      ...metadata,
    }),
  );
  const own = [messageField(field.model.graph, graph), ...[...texts].map(([key, value]) => writeMetadata(key, value))];
  if (!from) return joinBytes([writeHeader(8, 'graft'), ...own, writeOpset('', opset)]);
  const kept = wireFields(from.bytes).filter(
    ({ number, content }) =>
      number !== field.model.graph &&
      number !== training &&
      !(number === field.model.metadata && texts.has(keyOf(content!))),
  );
  const namesOpset = kept.some(({ number, content }) => number === field.model.opsetImport && keyOf(content!) === '');
  return joinBytes([...kept.map((one) => one.bytes), ...own, ...(namesOpset ? [] : [writeOpset('', opset)])]);
}

const training = 20;
/** The text in a message's first field: a property's key, an operator set's domain. */
const keyOf = (message: Uint8Array): string => {
  const found = wireFields(message).find((one) => one.number === 1)?.content;
  return found ? new TextDecoder().decode(found).replace(/^ai\.onnx$/, '') : '';
};
