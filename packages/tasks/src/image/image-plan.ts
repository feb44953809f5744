import { perChannel } from '@graft/data';
import type { InputArithmetic } from '@graft/onnx';
import type { Preprocessing } from '@graft/zoo';
import type { Network } from '../modality.ts';
import type { Objective } from '../objective.ts';
import type { ImageDType, ImageInput } from './image-input.ts';
import { isPreprocessing, type ImageSize, sizeOf } from './image-preprocessing.ts';
import { type ImageProcessor, imageProcessor } from './image-processor.ts';
import { describeResize, type ImageResize, resizeOf, sideBefore } from './image-resize.ts';

/** Options that decide how images are fed. */
export interface ImagePlanOptions {
  /** Height and width of the network's input; default from the card or the file. */
  readonly size?: ImageSize;
  /** Mean and standard deviation of each channel, on a scale of 0 to `range`; default from the card or the file, otherwise ImageNet's. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** The value of white before the mean is subtracted: 1, or 255 for networks that take pixels as they are; default 1, or what the graph's own arithmetic expects. */
  readonly range?: 1 | 255;
  /** The order of the channels; default from the card, otherwise `rgb`. */
  readonly order?: 'rgb' | 'bgr';
  /** How an image gets that size: the centre is cropped, the whole image is scaled whatever its proportions, or padded; default from the card or the file, otherwise as the task needs it. */
  readonly resize?: 'crop' | 'squash' | 'pad';
}

/** How images are fed to a network, and how that is known. */
export interface ImagePlan {
  readonly preprocessing: Preprocessing;
  /** One line: what the network receives, and why. */
  readonly description: string;
  /** Assumptions about what nothing specifies, one sentence each. */
  readonly assumptions: readonly string[];
  /** Other plans, if the normalisation is assumed. */
  readonly alternatives: readonly ImagePlan[];
}

/** Statistics of pixels, and where they come from. */
interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly source: string;
  readonly assumed?: boolean;
}

/**
 * Finds how images are fed to a network. Each value comes from the options, the card, the metadata written at export, files next to the model, the arithmetic at the
 * head of the graph, or the input's shape and ImageNet's statistics, in this order.
 * @throws if they contradict each other, or the size is not known
 */
export async function imagePlan(
  network: Network,
  input: ImageInput,
  options: ImagePlanOptions,
  preserves: Objective['preserves'],
): Promise<ImagePlan> {
  const { file, card } = network;
  const written = card?.preprocessing ?? writtenPreprocessing(file.metadata);
  const beside = written ? undefined : await imageProcessor(network);
  const { isAssumed, ...size } = sizeFor(file.name, options.size, written, sideOf(beside), input);
  const channels = written?.channels ?? input.channels;
  const { mean, std, source, assumed } = statisticsFor(channels, {
    name: file.name,
    options,
    written,
    beside,
    arithmetic: input.arithmetic,
    dtype: input.dtype,
  });
  const order = options.order ?? written?.order ?? beside?.order ?? 'rgb';
  const resized = resizeFor(size, { chosen: options.resize, written, beside, preserves });
  const preprocessing: Preprocessing = {
    ...size,
    ...resized,
    channels,
    order,
    mean: perChannel(mean, channels, 'mean'),
    std: perChannel(std, channels, 'std'),
    ...(written?.polarity && { polarity: written.polarity }),
    ...(input.layout === 'nhwc' && { layout: 'nhwc' }),
    ...(input.dtype !== 'float32' && { dtype: input.dtype }),
  };
  const others = assumed && options.mean === undefined && options.std === undefined ? otherStatistics(channels) : [];
  const sizeAssumed = isAssumed
    ? [
        `"${file.name}" takes images of any size, so ${usualSide}×${usualSide} pixels are used. Set the option size if the network was trained with another one.`,
      ]
    : [];
  const statistics = `mean ${preprocessing.mean.join(', ')} and std ${preprocessing.std.join(', ')}`;
  return {
    preprocessing,
    description: `${describe(preprocessing)} (${source}); ${describeResize({ ...size, ...resized })}`,
    alternatives: others.map((one) => {
      const other = { ...preprocessing, ...one };
      return { preprocessing: other, description: describe(other), assumptions: sizeAssumed, alternatives: [] };
    }),
    assumptions: [
      ...sizeAssumed,
      ...(assumed
        ? [
            `"${file.name}" does not specify its normalisation, so ImageNet's ${statistics} are used. Set the options mean and std if the network was trained with other values, or the option range to 255 if it takes values from 0 to 255.`,
          ]
        : []),
    ],
  };
}

/** How images are resized. A target that depends on the whole image comes before what the network was trained with. */
function resizeFor(
  size: { readonly width: number; readonly height: number },
  {
    chosen,
    written,
    beside,
    preserves,
  }: {
    readonly chosen: ImagePlanOptions['resize'];
    readonly written: Preprocessing | undefined;
    readonly beside: ImageProcessor | undefined;
    readonly preserves: Objective['preserves'];
  },
): ImageResize {
  const known = written ?? beside;
  const unlike = preserves.extent && known?.resize === 'crop' ? 'squash' : undefined;
  const resize = chosen ?? unlike ?? known?.resize;
  // The part of the image that is used stays the same at another size.
  const before = known?.width && known.height ? Math.min(known.width, known.height) : undefined;
  const now = Math.min(size.width, size.height);
  const share = known?.shortestSide && before ? before / known.shortestSide : undefined;
  const shortestSide =
    resize === known?.resize
      ? before === now || share === undefined
        ? known?.shortestSide
        : sideBefore(size, share)
      : resize === 'crop'
        ? sideBefore(size)
        : undefined;
  const plain = { ...size, channels: 3, order: 'rgb', mean: [0], std: [1] } as const;
  return resizeOf(
    {
      ...plain,
      ...(written?.polarity && { polarity: written.polarity }),
      ...(resize && { resize }),
      ...(shortestSide !== undefined && { shortestSide }),
      ...(known?.kernel && { kernel: known.kernel }),
    },
    preserves,
  );
}

/** Height and width that most networks of any size were trained with. */
const usualSide = 224;

function sizeFor(
  name: string,
  chosen: ImageSize | undefined,
  known: { readonly width: number; readonly height: number } | undefined,
  recommended: { readonly width: number; readonly height: number } | undefined,
  input: { readonly height: number | undefined; readonly width: number | undefined },
): { width: number; height: number; isAssumed?: true } {
  const fixed =
    input.height !== undefined || input.width !== undefined
      ? { height: input.height ?? input.width!, width: input.width ?? input.height! }
      : undefined;
  if (chosen !== undefined) return sizeOf(chosen);
  if (known && fixed && (known.height !== fixed.height || known.width !== fixed.width))
    throw new Error(
      `"${name}" takes images of ${fixed.width}×${fixed.height}, but its card or metadata says ${known.width}×${known.height}. Set the option size.`,
    );
  const size = known ?? fixed ?? recommended;
  return size ? { width: size.width, height: size.height } : { width: usualSide, height: usualSide, isAssumed: true };
}

/** The size that a file next to the model recommends; one in the model comes first. */
const sideOf = (
  beside: { readonly width?: number; readonly height?: number } | undefined,
): { width: number; height: number } | undefined =>
  beside?.width !== undefined && beside.height !== undefined
    ? { width: beside.width, height: beside.height }
    : undefined;

function statisticsFor(
  channels: number,
  {
    name,
    options: { mean, std, range },
    written,
    beside,
    arithmetic,
    dtype,
  }: {
    readonly name: string;
    readonly options: ImagePlanOptions;
    readonly written: Preprocessing | undefined;
    readonly beside: Awaited<ReturnType<typeof imageProcessor>>;
    readonly arithmetic: InputArithmetic;
    readonly dtype: ImageDType;
  },
): Statistics {
  for (const [option, list] of Object.entries({ mean, std }))
    if (list && list.length !== 1 && list.length !== channels)
      throw new Error(
        `"${name}" takes images with ${channels} channel${channels === 1 ? '' : 's'}, but the option ${option} has ${list.length} values. Set one value, or one per channel.`,
      );
  if (dtype === 'uint8') {
    if (mean || std || range === 1)
      throw new Error(`"${name}" takes uint8 pixels from 0 to 255, so the options mean, std and range cannot be set.`);
    return { mean: [0], std: [1 / 255], source: 'its input is uint8' };
  }
  const known = knownStatistics(channels, { written, beside, arithmetic });
  if (range === undefined && !mean && !std) return known;
  const unit = range ?? 1;
  const rest = range === undefined ? known : { mean: [0], std: [1 / unit] };
  return {
    mean: mean?.map((one) => one / unit) ?? rest.mean,
    std: std?.map((one) => one / unit) ?? rest.std,
    source: 'as chosen',
    ...(range === undefined && known.assumed && !(mean && std) && { assumed: true }),
  };
}

function knownStatistics(
  channels: number,
  {
    written,
    beside,
    arithmetic,
  }: {
    readonly written: Preprocessing | undefined;
    readonly beside: Awaited<ReturnType<typeof imageProcessor>>;
    readonly arithmetic: InputArithmetic;
  },
): Statistics {
  if (written) return { mean: written.mean, std: written.std, source: 'from its card or metadata' };
  const fits = (list: readonly number[]): boolean => list.length === 1 || list.length === channels;
  if (beside?.mean && beside.std && fits(beside.mean) && fits(beside.std))
    return { mean: beside.mean, std: beside.std, source: `from ${beside.source}` };
  const range = arithmeticRange(arithmetic);
  if (range !== undefined)
    return { mean: [0], std: [1 / range], source: `its graph normalises values from 0 to ${range} itself` };
  return channels === 3
    ? {
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        source: "ImageNet's statistics, assumed",
        assumed: true,
      }
    : { mean: [0.449], std: [0.226], source: "ImageNet's statistics, assumed", assumed: true };
}

/** Mean of ImageNet's pixels that Caffe's networks subtract, blue first. Source: `Keras' preprocess_input(mode="caffe")`. */
const caffeMean = [103.939 / 255, 116.779 / 255, 123.68 / 255];

/** What else networks are trained with: values from 0 to 1, from −1 to 1, pixels as they are in both orders of the channels, and Caffe's centred pixels. */
function otherStatistics(channels: number): Pick<Preprocessing, 'mean' | 'std' | 'order'>[] {
  const each = (value: number): number[] => Array<number>(channels).fill(value);
  const plans = [
    { mean: each(0), std: each(1), order: 'rgb' as const },
    { mean: each(0.5), std: each(0.5), order: 'rgb' as const },
    { mean: each(0), std: each(1 / 255), order: 'rgb' as const },
  ];
  return channels === 3
    ? [
        ...plans,
        { mean: each(0), std: each(1 / 255), order: 'bgr' as const },
        { mean: caffeMean, std: each(1 / 255), order: 'bgr' as const },
      ]
    : plans;
}

/** Largest magnitude of normalised values that networks are trained on; a Caffe network gets pixels with their mean subtracted. */
const [mostNormalised, mostCentred] = [16, 160];

/**
 * The range that a graph's own arithmetic expects, if it normalises: the one that gives values of the usual magnitude around zero.
 * @returns undefined if the graph does not normalise
 */
function arithmeticRange({ scale, shift, normalised }: InputArithmetic): 1 | 255 | undefined {
  if (normalised) return 255;
  const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i]!;
  const count = Math.max(scale.length, shift.length);
  const each = (fits: (factor: number, offset: number) => boolean): boolean =>
    Array.from({ length: count }, (_, i) => fits(at(scale, i), at(shift, i))).every(Boolean);
  if (each((factor, offset) => factor === 1 && offset === 0)) return undefined;
  const most = (range: number) => (factor: number, offset: number) =>
    Math.max(Math.abs(offset), Math.abs(factor * range + offset));
  // Values from 0 to 255 that are hardly spread after the arithmetic were meant to be scaled by it.
  if (each((factor, offset) => most(255)(factor, offset) <= mostNormalised)) return 255;
  if (each((factor, offset) => most(1)(factor, offset) <= mostNormalised && Math.abs(factor) > 1)) return 1;
  if (
    each(
      (factor, offset) =>
        Math.abs(factor) === 1 && offset < -mostNormalised && most(255)(factor, offset) <= mostCentred,
    )
  )
    return 255;
  return undefined;
}

/** What a network receives, in words. */
export function describe({ width, height, channels, order, mean, std, layout, dtype }: Preprocessing): string {
  const colours = channels === 1 ? 'grey ' : channels > 4 ? '' : `${order.toUpperCase()}${channels === 4 ? 'A' : ''} `;
  const kind =
    channels === 2 ? 'grey images with opacity' : `${colours}images${channels > 4 ? ` with ${channels} channels` : ''}`;
  const isRaw = (unit: number): boolean => mean.every((one) => one === 0) && std.every((one) => one === 1 / unit);
  const values = isRaw(255)
    ? 'values from 0 to 255'
    : isRaw(1)
      ? 'values from 0 to 1'
      : `(x / 255 − [${mean.join(', ')}]) / [${std.join(', ')}]`;
  return `${kind} of ${width}×${height}, ${layout === 'nhwc' ? 'channels last, ' : ''}${dtype && dtype !== 'float32' ? `${dtype}, ` : ''}${values}`;
}

/** The preprocessing in the metadata of an exported model. */
function writtenPreprocessing(metadata: ReadonlyMap<string, string>): Preprocessing | undefined {
  try {
    const value: unknown = JSON.parse(metadata.get('preprocessing') ?? 'null');
    return isPreprocessing(value) ? value : undefined;
  } catch {
    return undefined; // written by another tool under the same key
  }
}
