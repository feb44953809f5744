import type { OnnxFile } from '@graft/onnx';
import { WrongModality } from '../wrong-modality.ts';

/** The image input of a network. */
export interface ImageInput {
  readonly name: string;
  readonly channels: 1 | 3;
  /** Height and width, if the file fixes them. */
  readonly side: number | undefined;
}

/**
 * Reads the image input of an ONNX file.
 * @throws if the network does not take one float32 input [batch, 1 or 3, height, width]; the error says what it takes
 */
export function imageInput({ inputs, name: file }: OnnxFile): ImageInput {
  const [input, ...others] = inputs;
  const sentence = (why: string): string =>
    `"${file}" ${why}. An image network takes one float32 input [batch, channels, height, width].`;
  const refuse = (why: string): never => {
    throw new Error(sentence(why));
  };
  const isOther = (why: string): never => {
    throw new WrongModality(sentence(why));
  };
  if (!input || others.length)
    return isOther(`has ${inputs.length} inputs${input ? ` (${inputs.map(({ name }) => name).join(', ')})` : ''}`);
  const { name, dtype, shape } = input;
  if (dtype !== 'float32') return isOther(`takes ${dtype} values in its input "${name}"`);
  if (!shape) return { name, channels: 3, side: undefined };
  const shown = `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
  if (shape.length !== 4) return isOther(`takes ${shown} in its input "${name}", which is not an image`);
  const [, channels, height, width] = shape.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined));
  if (channels !== undefined && channels !== 1 && channels !== 3)
    return refuse(
      width === 1 || width === 3
        ? `takes ${shown} in its input "${name}", with channels last`
        : `takes ${channels} channels in its input "${name}"`,
    );
  if (height !== undefined && width !== undefined && height !== width)
    return refuse(`takes images ${width} wide and ${height} high, but only square images are supported`);
  return { name, channels: channels ?? 3, side: height ?? width };
}
