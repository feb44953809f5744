import protobuf from 'protobufjs/minimal.js';

/** One field of a protobuf message as in the file, whether or not it is in the schema. */
export interface WireField {
  readonly number: number;
  /** Tag and value. */
  readonly bytes: Uint8Array;
  /** The content of a length-delimited field: a message, a text, bytes. */
  readonly content: Uint8Array | undefined;
}

/**
 * Splits a message into its fields, in the order of the file. Export copies most of them unread, so fields newer than our
 * schema survive.
 * @throws if the bytes are not a message
 */
export function wireFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  try {
    const reader = protobuf.Reader.create(message);
    while (reader.pos < reader.len) fields.push(nextField(reader, message));
  } catch (error) {
    throw new Error(`The file is damaged or truncated: ${(error as Error).message}. Download or export it again.`, {
      cause: error,
    });
  }
  return fields;
}

function nextField(reader: protobuf.Reader, message: Uint8Array): WireField {
  const start = reader.pos;
  const tag = reader.uint32();
  const type = tag & 7;
  const content = type === 2 ? reader.bytes() : undefined;
  if (!content) reader.skipType(type);
  return { number: tag >>> 3, bytes: message.subarray(start, reader.pos), content };
}

/** Encodes a length-delimited field: tag, length, content. */
export const messageField = (number: number, content: Uint8Array): Uint8Array =>
  protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .bytes(content)
    .finish();

/** Joins fields, or messages to be merged, into one message. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
