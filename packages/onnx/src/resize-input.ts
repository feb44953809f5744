import { inputOf, withInputDims } from './input-dims.ts';
import { inFile, type OnnxFile, type OnnxSource, readModel } from './proto/read-model.ts';
import { field, ValueInfoProto } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';

export interface ResizeInputOptions {
  /** The input to change; default: the file's only input. */
  readonly input?: string;
  /** Where the input has its channels; default `nchw`. */
  readonly layout?: 'nchw' | 'nhwc';
}

/**
 * Changes the image size of a file's input [batch, channels, height, width], or [batch, height, width, channels]. Weights are unchanged; convolution and pooling accept any
 * size. A node that does not, such as one that adds position embeddings, is reported on import or shape inference.
 * @throws if the input is not an image
 */
export function resizeOnnxInput(
  source: Uint8Array | OnnxSource | OnnxFile,
  { height, width }: { readonly height: number; readonly width: number },
  { input, layout = 'nchw' }: ResizeInputOptions = {},
): OnnxFile {
  const file = 'opsets' in source ? source : readModel(source);
  try {
    for (const [name, side] of Object.entries({ height, width }))
      if (!(Number.isInteger(side) && side > 0))
        throw new Error(`The ${name} of an image must be a positive integer, got ${side}.`);
    const { name, shape } = inputOf(file, input);
    if (shape?.length !== 4)
      throw new Error(
        `The input "${name}" is not a batch of images [batch, channels, height, width], but ${shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : 'of any shape'}.`,
      );
    const resized = withInputDims(
      file,
      name,
      new Map([
        [layout === 'nchw' ? 2 : 1, height],
        [layout === 'nchw' ? 3 : 2, width],
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

/** Removes the graph's shapes of computed values, which were those of the old size. */
export function withoutShapes(graph: Uint8Array): Uint8Array {
  const open = (port: Uint8Array): Uint8Array => {
    const proto = ValueInfoProto.decode(port);
    if (proto.type?.tensorType) delete proto.type.tensorType.shape;
    return ValueInfoProto.encode(proto);
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
