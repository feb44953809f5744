import { inputArithmetic, type InputArithmetic, type OnnxFile } from '@graft/onnx';
import type { Preprocessing } from '@graft/zoo';
import { WrongModality } from '../wrong-modality.ts';

/** The types of values in which networks take images. */
export type ImageDType = NonNullable<Preprocessing['dtype']>;

/** The image input of a network. */
export interface ImageInput {
  readonly name: string;
  /** Grey, colour, or colour with opacity. */
  readonly channels: 1 | 3 | 4;
  /** Height and width, if the file fixes them. */
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly layout: 'nchw' | 'nhwc';
  readonly dtype: ImageDType;
  /** What the graph does with images before its first layer. */
  readonly arithmetic: InputArithmetic;
}

/** Whether images can be given in a data type. */
export const isImageDType = (dtype: unknown): dtype is ImageDType =>
  dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' || dtype === 'uint8';
const isDepth = (size: number | undefined): size is 1 | 3 | 4 => size === 1 || size === 3 || size === 4;

/**
 * Reads the image input of an ONNX file.
 * @throws if the network does not take one input of images with 1, 3 or 4 channels, first or last, as floats of at most 32 bits or uint8 values; the error says what it takes
 */
export function imageInput(file: OnnxFile): ImageInput {
  const [input, ...others] = file.inputs;
  const sentence = (why: string): string =>
    `"${file.name}" ${why}. An image network takes one float32, float16, bfloat16 or uint8 input [batch, channels, height, width] or [batch, height, width, channels].`;
  const refuse = (why: string): never => {
    throw new Error(sentence(why));
  };
  const isOther = (why: string): never => {
    throw new WrongModality(sentence(why));
  };
  if (!input || others.length)
    return isOther(
      `has ${file.inputs.length} inputs${input ? ` (${file.inputs.map(({ name }) => name).join(', ')})` : ''}`,
    );
  const { name, dtype, shape } = input;
  if (!isImageDType(dtype)) return isOther(`takes ${dtype} values in its input "${name}"`);
  const shown = `[${(shape ?? []).map((dim) => dim ?? '?').join(', ')}]`;
  if (shape && shape.length !== 4) return isOther(`takes ${shown} in its input "${name}", which is not an image`);
  const arithmetic = inputArithmetic(file, name);
  const [, second, third, fourth] = (shape ?? []).map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined));
  // Three rows or columns are unlikely, so a depth in one of the two places tells the layout unless the graph does.
  const isLast = arithmetic.channelsLast ?? (!isDepth(second) && isDepth(fourth));
  const layout = (isDepth(second) && !isDepth(fourth)) || !isLast ? 'nchw' : 'nhwc';
  const [channels, height, width] = layout === 'nhwc' ? [fourth, second, third] : [second, third, fourth];
  const depth = channels ?? arithmetic.channels ?? 3;
  if (!isDepth(depth)) return refuse(`takes ${depth} channels in its input "${name}"`);
  return { name, channels: depth, height, width, layout, dtype, arithmetic };
}
