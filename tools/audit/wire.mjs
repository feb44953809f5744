// @ts-check
// Protobuf's encoding by hand: also messages that no encoder writes.

/** @param {number | bigint} value */
export function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest);
  return Buffer.from(bytes);
}

/** A number in a field. @param {number} field @param {number | bigint} value */
export const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);

/** Bytes, a text or a message in a field. @param {number} field @param {Uint8Array | string} content */
export const bytes = (field, content) => {
  const body = Buffer.from(/** @type {string} */ (content));
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
};

/** @param {...(Uint8Array | readonly Uint8Array[])} parts */
export const message = (...parts) => Buffer.concat(parts.flat());

/** @typedef {{ inputs?: readonly string[], outputs?: readonly string[], attributes?: readonly Uint8Array[], domain?: string }} NodeParts */

/** A NodeProto. @param {string} op @param {NodeParts} parts */
export const node = (op, { inputs = [], outputs = [], attributes = [], domain } = {}) =>
  message(
    inputs.map((name) => bytes(1, name)),
    outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    attributes.map((attribute) => bytes(5, attribute)),
    domain === undefined ? [] : bytes(7, domain),
  );

/** An AttributeProto with a graph. @param {string} name @param {Uint8Array} graph_ */
export const graphAttribute = (name, graph_) => message(bytes(1, name), bytes(6, graph_), number(20, 5));

/** A TensorProto. @param {string} name @param {{ dims?: readonly (number | bigint)[], type?: number, fields?: readonly Uint8Array[] }} parts */
export const tensor = (name, { dims = [], type = 1, fields = [] } = {}) =>
  message(
    dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    fields,
  );

/** A TensorProto in another file. @param {string} name @param {readonly number[]} dims @param {Readonly<Record<string, string>>} entries */
export const externalTensor = (name, dims, entries) =>
  tensor(name, {
    dims,
    fields: [
      ...Object.entries(entries).map(([key, value]) => bytes(13, message(bytes(1, key), bytes(2, value)))),
      number(14, 1),
    ],
  });

/** A ValueInfoProto. @param {string} name @param {readonly (number | bigint | string)[]} dims @param {number} [type] */
export const port = (name, dims, type = 1) =>
  message(
    bytes(1, name),
    bytes(
      2,
      bytes(
        1,
        message(
          number(1, type),
          bytes(2, message(dims.map((dim) => bytes(1, typeof dim === 'string' ? bytes(2, dim) : number(1, dim))))),
        ),
      ),
    ),
  );

/** @typedef {{ nodes?: readonly Uint8Array[], tensors?: readonly Uint8Array[], inputs?: readonly Uint8Array[], outputs?: readonly Uint8Array[] }} GraphParts */

/** A GraphProto. @param {GraphParts} parts */
export const graph = ({ nodes = [], tensors = [], inputs = [port('x', [2, 3])], outputs = [port('y', [])] }) =>
  message(
    nodes.map((one) => bytes(1, one)),
    bytes(2, 'g'),
    tensors.map((one) => bytes(5, one)),
    inputs.map((one) => bytes(11, one)),
    outputs.map((one) => bytes(12, one)),
  );

/** A ModelProto. @param {GraphParts | Uint8Array} content @param {{ opset?: number | bigint, others?: readonly Uint8Array[] }} [options] */
export const model = (content, { opset = 17, others = [] } = {}) =>
  message(
    number(1, 8),
    bytes(7, content instanceof Uint8Array ? content : graph(content)),
    bytes(8, message(bytes(1, ''), number(2, opset))),
    others,
  );

/** A chain of nodes from x to y. @param {number} length @param {string} [op] */
export const chain = (length, op = 'Relu') =>
  Array.from({ length }, (_, i) =>
    node(op, { inputs: [i ? `v${i - 1}` : 'x'], outputs: [i === length - 1 ? 'y' : `v${i}`] }),
  );
