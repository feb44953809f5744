import protobuf from 'protobufjs/minimal.js';
import { DecodingBudget } from './decoding-budget.ts';

/** A 64-bit integer. Numbers of up to 49 bits are read as numbers. */
export type Integer = number | bigint;

/** Encodes and decodes one kind of message. */
export interface MessageType<Message> {
  encode(message: Message): Uint8Array;
  /** Fields that are not in the table are skipped. @throws if the bytes are not such a message */
  decode(bytes: Uint8Array): Message;
}

/** A name is a string of limited length. */
type Scalar = 'int32' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'name' | 'bytes';
/** A message is given as a function, because messages refer to each other. */
type FieldType = Scalar | (() => object);
/** The number of a field, its type, and whether it is repeated; `packed` fields are written in one piece, and read in either form. */
export type FieldEntry = readonly [number: number, type: FieldType, repeated?: 'repeated' | 'packed'];

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly repeated: 'repeated' | 'packed' | undefined;
}

/** How values are on the wire: 0 varint, 1 eight bytes, 2 length and content, 5 four bytes. */
const wireTypes: Readonly<Record<Scalar, number>> = {
  int32: 0,
  int64: 0,
  uint64: 0,
  double: 1,
  string: 2,
  name: 2,
  bytes: 2,
  float: 5,
};
const wireTypeOf = (type: FieldType): number => (typeof type === 'string' ? wireTypes[type] : 2);

/**
 * A kind of message, by the table of its fields. Values are plain objects without defaults.
 * @param isNode whether the number of such messages is limited
 */
export function message<Message extends object>(
  table: { readonly [Name in keyof Message]-?: FieldEntry },
  isNode = false,
): MessageType<Message> {
  const fields = Object.entries<FieldEntry>(table)
    .map(([name, [number, type, repeated]]): Field => ({ name, number, type, repeated }))
    .sort((a, b) => a.number - b.number);
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  const kind = {
    encode: (value: Message) => kind.write(value, protobuf.Writer.create()).finish(),
    decode: (bytes: Uint8Array) => kind.read(protobuf.Reader.create(bytes), bytes.length, new DecodingBudget()),
    write(value: Message, writer: protobuf.Writer): protobuf.Writer {
      for (const field of fields) writeField(writer, field, value[field.name as keyof Message]);
      return writer;
    },
    read(reader: protobuf.Reader, end: number, budget: DecodingBudget): Message {
      budget.enter(isNode);
      const found: Record<string, unknown> = {};
      while (reader.pos < end) {
        const tag = reader.uint32();
        const field = byNumber.get(tag >>> 3);
        budget.field();
        if (tag >>> 3 === 0) throw new Error('it has a field of number 0');
        if ((tag & 7) === 3) throw new Error('it has a group, which ONNX does not use'); // groups within groups would fill the stack
        if (field) readField(reader, field, tag & 7, found, budget);
        else reader.skipType(tag & 7);
      }
      if (reader.pos !== end) throw new Error('a field is longer than its message');
      budget.leave();
      return found as Message;
    },
  };
  return kind;
}

/** What {@link message} makes, for messages within others. */
interface Nested extends MessageType<object> {
  write(value: object, writer: protobuf.Writer): protobuf.Writer;
  read(reader: protobuf.Reader, end: number, budget: DecodingBudget): object;
}
const nested = (type: () => object): Nested => type() as Nested;

function readField(
  reader: protobuf.Reader,
  { name, type, repeated }: Field,
  wireType: number,
  found: Record<string, unknown>,
  budget: DecodingBudget,
): void {
  const expected = wireTypeOf(type);
  const list = (): unknown[] => (found[name] ??= []) as unknown[];
  if (repeated && expected !== 2 && wireType === 2) {
    const end = contentEnd(reader);
    budget.numbers(countNumbers(reader, end, expected));
    for (const values = list(); reader.pos < end;) values.push(readScalar(reader, type as Scalar));
    if (reader.pos !== end) throw new Error(`the last value of "${name}" is incomplete`);
    return;
  }
  if (wireType !== expected) throw new Error(`the field "${name}" is of another type`);
  // Decoders differ: some merge both, some keep the last one.
  if (!repeated && Object.hasOwn(found, name)) throw new Error(`the field "${name}" is given twice`);
  const value =
    typeof type === 'string' ? readScalar(reader, type, budget) : nested(type).read(reader, contentEnd(reader), budget);
  if (repeated) list().push(value);
  else found[name] = value;
}

function contentEnd(reader: protobuf.Reader): number {
  const length = reader.uint32();
  if (length > reader.len - reader.pos) throw new Error('a field is longer than the file');
  return reader.pos + length;
}

/** The numbers of a packed list. */
function countNumbers({ buf, pos }: protobuf.Reader, end: number, wireType: number): number {
  if (wireType !== 0) return (end - pos) / (wireType === 1 ? 8 : 4);
  let count = 0;
  for (let i = pos; i < end; i++) if (buf[i]! < 128) count++;
  return count;
}

function readScalar(reader: protobuf.Reader, type: Scalar, budget?: DecodingBudget): unknown {
  switch (type) {
    case 'name': {
      const start = reader.pos;
      budget?.name(reader.uint32());
      reader.pos = start;
      return reader.string();
    }
    case 'int64':
      return readInteger(reader, true);
    case 'uint64':
      return readInteger(reader, false);
    default:
      return reader[type]();
  }
}

/** Exact with or without the package `long`, on which protobufjs depends for this. */
function readInteger(reader: protobuf.Reader, signed: boolean): Integer {
  let [low, scale] = [0, 1];
  for (let i = 0; i < 7; i++) {
    const byte = nextByte(reader);
    low += (byte & 127) * scale;
    if (byte < 128) return low;
    scale *= 128;
  }
  let value = BigInt(low);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    const byte = nextByte(reader);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  }
  throw new Error('a number has more than 64 bits');
}

function nextByte(reader: protobuf.Reader): number {
  if (reader.pos >= reader.len) throw new Error('it ends in the middle of a number');
  return reader.buf[reader.pos++]!;
}

function writeField(writer: protobuf.Writer, { number, type, repeated }: Field, value: unknown): void {
  if (value === undefined || value === null) return;
  const tag = (number << 3) | wireTypeOf(type);
  if (repeated === 'packed') {
    if (!(value as unknown[]).length) return;
    writer.uint32((number << 3) | 2).fork();
    for (const one of value as unknown[]) writeScalar(writer, type as Scalar, one);
    writer.ldelim();
    return;
  }
  for (const one of repeated ? (value as unknown[]) : [value]) {
    writer.uint32(tag);
    if (typeof type === 'string') writeScalar(writer, type, one);
    else
      nested(type)
        .write(one as object, writer.fork())
        .ldelim();
  }
}

function writeScalar(writer: protobuf.Writer, type: Scalar, value: unknown): void {
  if (type === 'int64' || type === 'uint64')
    writer[type](typeof value === 'bigint' ? inHalves(value) : (value as number));
  else (writer[type === 'name' ? 'string' : type] as (value: unknown) => unknown).call(writer, value);
}

/** protobufjs writes 64-bit integers as two halves. */
const inHalves = (value: bigint): protobuf.Long =>
  ({
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  }) as protobuf.Long;
