import { inputOf, withInputDims } from './input-dims.ts';
import { inFile, type OnnxFile, type OnnxSource, readModel } from './proto/read-model.ts';
import { field, ValueInfoProto } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';

export interface ResizeInputOptions {
  /** The input that changes; default the file's only one. */
  readonly input?: string;
}

/**
 * A file for images of another size than it says: [batch, channels, height, width]. No weight changes; convolutions and poolings take any
 * size, and where a node does not, as one that reads an embedding of each place, importing it or its shapes says so.
 * @throws where the input is no image
 */
export function resizeOnnxInput(
  source: Uint8Array | OnnxSource | OnnxFile,
  { height, width }: { readonly height: number; readonly width: number },
  { input }: ResizeInputOptions = {},
): OnnxFile {
  const file = 'opsets' in source ? source : readModel(source);
  try {
    for (const [name, side] of Object.entries({ height, width }))
      if (!(Number.isInteger(side) && side > 0))
        throw new Error(`The ${name} of an image is a whole number of 1 or more, got ${side}.`);
    const { name, shape } = inputOf(file, input);
    if (shape?.length !== 4)
      throw new Error(
        `The input "${name}" is no batch of images, [batch, channels, height, width], but ${shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : 'of any shape'}.`,
      );
    const resized = withInputDims(
      file,
      name,
      new Map([
        [2, height],
        [3, width],
      ]),
    );
    return {
      ...resized,
      graph: withoutShapes(resized.graph),
      outputs: file.outputs.map((port) => ({ ...port, shape: undefined })),
    };
  } catch (error) {
    throw inFile(error, file.name);
  }
}

/** A graph that says nothing of the shapes of what is computed: they were those of the old size. */
function withoutShapes(graph: Uint8Array): Uint8Array {
  const open = (port: Uint8Array): Uint8Array => {
    const proto = ValueInfoProto.decode(port);
    if (proto.type?.tensorType) delete proto.type.tensorType.shape;
    return ValueInfoProto.encode(proto).finish();
  };
  return joinBytes(
    wireFields(graph).flatMap(({ number, content, bytes }) =>
      number === field.graph.valueInfo
        ? []
        : number === field.graph.output
          ? [messageField(number, open(content!))]
          : [bytes],
    ),
  );
}
