import { inputArithmetic, type InputArithmetic, type OnnxFile, type ValuePort } from '@graft/onnx';
import type { Preprocessing } from '@graft/zoo';
import { WrongModality } from '../wrong-modality.ts';

/** The types of values in which networks take images. */
export type ImageDType = NonNullable<Preprocessing['dtype']>;

/** The image input of a network. */
export interface ImageInput {
  readonly name: string;
  readonly channels: number;
  /** Height and width, if the file fixes them. */
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly layout: 'nchw' | 'nhwc';
  readonly dtype: ImageDType;
  /** What the graph does with images before its first layer. */
  readonly arithmetic: InputArithmetic;
}

/** The most channels of an image. */
export const mostChannels = 64;
/** The least height and width of an image without a batch axis: smaller ones are tokens or features. */
const leastSide = 8;

/** Whether images can be given in a data type. */
export const isImageDType = (dtype: unknown): dtype is ImageDType =>
  dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' || dtype === 'uint8';
/** Grey, colour, or colour with opacity. */
const isDepth = (size: number | string | null | undefined): size is 1 | 3 | 4 => size === 1 || size === 3 || size === 4;

/** Whether three dimensions are those of one image: colours first or last. */
const isOneImage = ([first, second, third]: readonly (number | string | null)[]): boolean => {
  const isSide = (size: number | string | null | undefined): boolean => typeof size !== 'number' || size >= leastSide;
  return (isDepth(first) && isSide(second) && isSide(third)) || (isSide(first) && isSide(second) && isDepth(third));
};

/** Whether an input may take images: batches of them, or one. A value for each channel, as a mean, is none. */
function isImagePort({ dtype, shape }: ValuePort, isOnly: boolean): boolean {
  if (!isImageDType(dtype)) return false;
  if (!shape) return isOnly;
  if (shape.length === 3) return isOneImage(shape);
  return shape.length === 4 && shape.filter((size, i) => i > 0 && size === 1).length < 2;
}

/**
 * Finds the input that takes images.
 * @param held names of inputs that are held at values
 * @throws `WrongModality` if there is none, or an error if there are several
 */
export function imagePort(file: OnnxFile, held: ReadonlySet<string> = new Set()): ValuePort {
  const inputs = file.inputs.filter(({ name }) => !held.has(name));
  const [only] = inputs;
  if (!only) throw new WrongModality(sentence(file, 'has no input'));
  if (inputs.length === 1 && only.shape?.length !== 3) return only;
  const [port, other] = inputs.filter((one) => isImagePort(one, inputs.length === 1));
  if (other)
    throw new Error(
      `"${file.name}" has several inputs that may be images ("${port!.name}" and "${other.name}"). Hold all but one of them at a value: ${flagFor(other)}.`,
    );
  if (port) return port;
  const { name, dtype, shape } = only;
  if (inputs.length > 1)
    throw new WrongModality(
      sentence(
        file,
        `has ${inputs.length} inputs (${inputs.map((one) => one.name).join(', ')}), none of which is an image`,
      ),
    );
  if (!isImageDType(dtype)) throw new WrongModality(sentence(file, `takes ${dtype} values in its input "${name}"`));
  throw new WrongModality(sentence(file, `takes ${showDims(shape)} in its input "${name}", which is not an image`));
}

/** How to hold an input at a value, on the command line and in code. */
export const flagFor = ({ name }: Pick<ValuePort, 'name'>): string => `--input ${name}=<value>, or inputs in code`;

export const showDims = (shape: ValuePort['shape']): string => `[${(shape ?? []).map((dim) => dim ?? '?').join(', ')}]`;

const sentence = ({ name }: OnnxFile, why: string): string =>
  `"${name}" ${why}. An image network takes one float32, float16, bfloat16 or uint8 input [batch, channels, height, width] or [batch, height, width, channels].`;

/**
 * Reads the image input of an ONNX file.
 * @param port the input; default the only one
 * @throws if the network does not take images, channels first or last, as floats of at most 32 bits or uint8 values; the error says what it takes
 */
export function imageInput(file: OnnxFile, port: ValuePort = imagePort(file)): ImageInput {
  const { name, dtype, shape } = port;
  if (!isImageDType(dtype)) throw new WrongModality(sentence(file, `takes ${dtype} values in its input "${name}"`));
  if (shape && shape.length !== 4)
    throw new WrongModality(sentence(file, `takes ${showDims(shape)} in its input "${name}", which is not an image`));
  const arithmetic = inputArithmetic(file, name);
  const sizes = (shape ?? []).map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined));
  const [, second, third, fourth] = sizes;
  const layout = layoutOf(arithmetic, sizes);
  const [channels, height, width] = layout === 'nhwc' ? [fourth, second, third] : [second, third, fourth];
  const depth = channels ?? arithmetic.channels ?? 3;
  if (!isDepth(depth) && arithmetic.channels !== undefined && arithmetic.channels !== depth)
    throw new Error(
      sentence(
        file,
        `takes ${depth} channels in its input "${name}", but its first layer reads ${arithmetic.channels}`,
      ),
    );
  if (depth > mostChannels)
    throw new Error(
      sentence(file, `takes ${depth} channels in its input "${name}", but images have at most ${mostChannels}`),
    );
  return { name, channels: depth, height, width, layout, dtype, arithmetic };
}

/** Three rows or columns are unlikely, so a depth in one of the two places tells the layout unless the graph does; otherwise there are fewer channels than pixels along a side. */
function layoutOf(
  { channelsLast, channels }: InputArithmetic,
  [, second, third, fourth]: readonly (number | undefined)[],
): 'nchw' | 'nhwc' {
  if (isDepth(second) !== isDepth(fourth)) {
    if (isDepth(second)) return 'nchw';
    if (channelsLast !== false) return 'nhwc';
  }
  if (channelsLast !== undefined) return channelsLast ? 'nhwc' : 'nchw';
  if (channels !== undefined && (channels === second) !== (channels === fourth))
    return channels === fourth ? 'nhwc' : 'nchw';
  const isLess = (depth: number | undefined, side: number | undefined): boolean =>
    depth !== undefined && side !== undefined && depth < side;
  return isLess(fourth, third) && isLess(fourth, second) ? 'nhwc' : 'nchw';
}
