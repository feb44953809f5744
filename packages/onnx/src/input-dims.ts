import { nameOfPort } from './copy-imported.ts';
import type { OnnxFile } from './proto/read-model.ts';
import { field, ValueInfoProto } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';

/** Changes dimensions of an input, by index; a text is the name of an open one. */
export function withInputDims(file: OnnxFile, name: string, dims: ReadonlyMap<number, number | string>): OnnxFile {
  const port = (bytes: Uint8Array): Uint8Array => {
    const proto = ValueInfoProto.decode(bytes);
    const known = proto.type?.tensorType?.shape?.dim;
    if (known)
      for (const [i, dim] of dims)
        if (i < known.length) known[i] = typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim };
    return ValueInfoProto.encode(proto);
  };
  return {
    ...file,
    graph: joinBytes(
      wireFields(file.graph).map(({ number, content, bytes }) =>
        number === field.graph.input && nameOfPort(content!) === name ? messageField(number, port(content!)) : bytes,
      ),
    ),
    inputs: file.inputs.map((one) =>
      one.name === name && one.shape ? { ...one, shape: one.shape.map((dim, i) => dims.get(i) ?? dim) } : one,
    ),
  };
}

/** Finds the input. @throws if the file has no such input, or several and none is named */
export function inputOf({ inputs }: OnnxFile, name: string | undefined): OnnxFile['inputs'][number] {
  const port = inputs.find((one) => name === undefined || one.name === name);
  if (!port || (name === undefined && inputs.length !== 1))
    throw new Error(
      `The file's inputs are ${inputs.map((one) => one.name).join(', ')}. Specify which one to change: input.`,
    );
  return port;
}
