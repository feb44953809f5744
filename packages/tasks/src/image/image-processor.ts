import { showJson } from '@graft/plugin';
import type { Network } from '../modality.ts';

/** What a file next to a model says about its images. Everything is optional. */
export interface ImageProcessor {
  /** The file. */
  readonly source: string;
  readonly height?: number;
  readonly width?: number;
  /** Mean and standard deviation of each channel on a scale of 0 to 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly order?: 'rgb' | 'bgr';
  /** How images get this size: see `Preprocessing`. */
  readonly resize?: 'crop' | 'squash' | 'pad';
  readonly shortestSide?: number;
  readonly kernel?: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
}

const mostBytes = 2 ** 20;
/** Limits of what a configuration may say: images of more pixels are refused anyway, and statistics are computed with as 32-bit floats. */
const [longestSide, leastNumber] = [16_384, 1e-6];
type Fields = Readonly<Record<string, unknown>>;
/** Refuses the value of a field. */
type Refuse = (name: string, expected: string) => never;

/**
 * Reads `preprocessor_config.json` of transformers, or the `config.json` of timm, next to a model.
 * @returns undefined if there is none that describes images
 * @throws if a file is not JSON, or a value in it cannot be what it says
 */
export async function imageProcessor(network: Network): Promise<ImageProcessor | undefined> {
  for (const [source, read] of [
    ['preprocessor_config.json', fromTransformers],
    ['config.json', fromTimm],
  ] as const) {
    const bytes = await network.companion?.(source);
    if (!bytes) continue;
    const refuse = (what: string): never => {
      throw new Error(
        `"${network.file.name}" has a ${source} next to it ${what}. Download the file again, or remove it.`,
      );
    };
    if (bytes.length > mostBytes) refuse(`with more than ${mostBytes / 2 ** 20} MiB`);
    let fields: unknown;
    try {
      fields = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return refuse('that is not JSON');
    }
    if (!isFields(fields)) return refuse('that is not an object');
    const found = read(fields, (name, expected) =>
      refuse(`whose "${name}" must be ${expected}, got ${showJson((fields as Fields)[name], 60)}`),
    );
    if (Object.keys(found).length) return { source, ...found };
  }
  return undefined;
}

/** `image_mean` and `image_std` apply to values that `rescale_factor` has scaled, by default to 0 to 1. */
function fromTransformers(fields: Fields, refuse: Refuse): Omit<ImageProcessor, 'source'> {
  if (isGiven(fields['rescale_factor']) && asNumber(fields['rescale_factor']) === undefined)
    refuse('rescale_factor', `a number from ${leastNumber} to ${1 / leastNumber}`);
  for (const name of ['size', 'crop_size', 'pad_size'])
    if (!sidesOf(fields[name]).every(isSide)) refuse(name, `integers from 1 to ${longestSide}`);
  checkStatistics(fields, ['image_mean', 'image_std'], refuse);
  const factor = fields['do_rescale'] === false ? 1 : (asNumber(fields['rescale_factor']) ?? 1 / 255);
  const unit = 255 * factor; // the value of white
  // MobileViT takes values from 0 to 1.
  const isPlain = fields['do_normalize'] === false || typeOf(fields).startsWith('MobileViT');
  const isNormalised = !isPlain && isList(fields['image_mean']) && isList(fields['image_std']);
  const offset = fields['do_rescale'] !== false && fields['rescale_offset'] === true ? 1 : 0;
  const mean = isNormalised ? (fields['image_mean'] as number[]) : [0];
  const once = isNormalised ? (fields['image_std'] as number[]) : [1];
  // EfficientNet divides by it twice.
  const isTwice = isNormalised && fields['include_top'] === true && typeOf(fields).startsWith('EfficientNet');
  const std = isTwice ? once.map((one) => one * one) : once;
  const speaks = isNormalised || isPlain;
  checkShare(fields, 'crop_pct', refuse);
  return {
    ...transformersResize(fields),
    ...(fields['do_flip_channel_order'] === true && { order: 'bgr' }),
    ...(speaks && { mean: mean.map((one) => (one + offset) / unit), std: std.map((one) => one / unit) }),
  };
}

const typeOf = (fields: Fields): string =>
  [fields['image_processor_type'], fields['feature_extractor_type']].find((one) => typeof one === 'string') ?? '';

/** ConvNeXt scales whole images from this size on. */
const leastWhole = 384;

/** How transformers resize: to a size whatever the proportions, or the shorter side, and whether the centre is cropped. */
function transformersResize(fields: Fields): Omit<ImageProcessor, 'source'> {
  const [given, type, share] = [fields['size'], typeOf(fields), fields['crop_pct']];
  const crop = fields['do_center_crop'] === false ? undefined : sizeOf(fields['crop_size']);
  const size = sizeOf(given);
  const found = crop ?? size;
  if (!size || !found || fields['do_resize'] === false) return { ...found };
  const kernel = kernels[Number(fields['resample'] ?? -1)];
  const rest = { ...found, ...(kernel && { kernel }) };
  const side = Math.min(size.height, size.width);
  const shorter =
    isFields(given) && isSide(given['shortest_edge'])
      ? given['shortest_edge']
      : isSide(given) && fields['do_center_crop'] === true && !/^(DeiT|Beit|ViT)/i.test(type)
        ? given
        : undefined;
  if (typeof share === 'number' && (shorter !== undefined || isSide(given)) && crop === undefined) {
    if (side >= leastWhole && /^ConvNext/i.test(type)) return { ...rest, resize: 'squash' };
    return { ...rest, resize: 'crop', shortestSide: Math.max(side, Math.floor(side / share)) };
  }
  if (type.startsWith('Levit') && shorter !== undefined)
    return { ...rest, resize: 'crop', shortestSide: Math.floor((256 / 224) * shorter) };
  if (shorter !== undefined)
    return { ...rest, resize: 'crop', shortestSide: Math.max(shorter, Math.min(found.height, found.width)) };
  if (fields['do_pad'] === true || (isFields(given) && isSide(given['longest_edge'])))
    return { ...rest, resize: 'pad' };
  return {
    ...rest,
    resize: 'squash',
    ...(crop && { shortestSide: Math.max(side, Math.min(crop.height, crop.width)) }),
  };
}

/** Kernels by their numbers in Pillow. */
const kernels = ['nearest', 'lanczos', 'bilinear', 'bicubic'] as const;

/** Refuses a fraction of an image that cannot be. */
function checkShare(fields: Fields, name: string, refuse: Refuse): void {
  const value = fields[name];
  if (isGiven(value) && !(typeof value === 'number' && value >= 0.1 && value <= 1))
    refuse(name, 'a number from 0.1 to 1');
}

/** timm's default for the part of an image that is used. */
const usualShare = 0.875;

/** `pretrained_cfg` of timm: channels, height and width, the part of an image that is used, and statistics on a scale of 0 to 1. */
function fromTimm(fields: Fields, refuse: Refuse): Omit<ImageProcessor, 'source'> {
  const own = isFields(fields['pretrained_cfg']) ? fields['pretrained_cfg'] : {};
  const refuseOwn: Refuse = (name, expected) => refuse('pretrained_cfg', `an object whose "${name}" is ${expected}`);
  checkStatistics(own, ['mean', 'std'], refuseOwn);
  checkShare(own, 'crop_pct', refuseOwn);
  const size = own['input_size'];
  const [, height, width] = isList(size) ? size : [];
  return {
    ...(isSide(height) && isSide(width) && { height, width, ...timmResize(own, Math.min(height, width)) }),
    ...(isList(own['mean']) && isList(own['std']) && { mean: own['mean'], std: own['std'] }),
  };
}

/** How timm resizes for evaluation; nothing if the configuration does not say it. */
function timmResize(
  { crop_pct: share, crop_mode: mode, interpolation }: Fields,
  side: number,
): Pick<ImageProcessor, 'resize' | 'shortestSide' | 'kernel'> {
  if (![share, mode, interpolation].some(isGiven)) return {};
  const shortestSide = Math.floor(side / (typeof share === 'number' ? share : usualShare));
  const kernel = kernels.find((one) => one === interpolation);
  return {
    resize: mode === 'squash' ? 'squash' : mode === 'border' ? 'pad' : 'crop',
    shortestSide,
    ...(interpolation === undefined ? { kernel: 'bicubic' } : kernel && { kernel }),
  };
}

function sizeOf(value: unknown): { height: number; width: number } | undefined {
  if (isSide(value)) return { height: value, width: value };
  if (!isFields(value)) return undefined;
  const { height, width, shortest_edge: shortest, longest_edge: longest } = value;
  if (isSide(height) && isSide(width)) return { height, width };
  const side = isSide(shortest) ? shortest : longest;
  return isSide(side) ? { height: side, width: side } : undefined;
}

/** The sizes in a value; other values speak of none. */
function sidesOf(value: unknown): readonly unknown[] {
  if (isFields(value))
    return ['height', 'width', 'shortest_edge', 'longest_edge'].flatMap((name) =>
      isGiven(value[name]) ? [value[name]] : [],
    );
  return typeof value === 'number' ? [value] : [];
}

/** Refuses a mean and a standard deviation that no image can be normalised with. */
function checkStatistics(fields: Fields, [mean, std]: readonly [string, string], refuse: Refuse): void {
  const [one, other] = [fields[mean], fields[std]];
  const isBounded = (value: number): boolean => Math.abs(value) <= 1 / leastNumber;
  if (isGiven(one) && !(isList(one) && one.every(isBounded))) refuse(mean, 'a list of 1 to 4 numbers');
  if (isGiven(other) && !(isList(other) && other.every((value) => value >= leastNumber && isBounded(value))))
    refuse(std, 'a list of 1 to 4 numbers above 0');
  if (isList(one) && isList(other) && one.length !== other.length) refuse(std, `as long as "${mean}"`);
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= longestSide;
const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= leastNumber && value <= 1 / leastNumber ? value : undefined;
const isList = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 4 &&
  value.every((one) => typeof one === 'number' && Number.isFinite(one));
