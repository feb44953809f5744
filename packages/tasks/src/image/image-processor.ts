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
}

const mostBytes = 2 ** 20;
type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads `preprocessor_config.json` of transformers, or the `config.json` of timm, next to a model.
 * @returns undefined if there is none that describes images
 * @throws if a file is not JSON
 */
export async function imageProcessor(network: Network): Promise<ImageProcessor | undefined> {
  for (const [source, read] of [
    ['preprocessor_config.json', fromTransformers],
    ['config.json', fromTimm],
  ] as const) {
    const bytes = await network.companion?.(source);
    if (!bytes || bytes.length > mostBytes) continue;
    let fields: unknown;
    try {
      fields = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw new Error(
        `"${network.file.name}" has a ${source} next to it that is not JSON. Download the file again, or remove it.`,
      );
    }
    const found = isFields(fields) ? read(fields) : undefined;
    if (found && Object.keys(found).length) return { source, ...found };
  }
  return undefined;
}

/** `image_mean` and `image_std` apply to values that `rescale_factor` has scaled, by default to 0 to 1. */
function fromTransformers(fields: Fields): Omit<ImageProcessor, 'source'> {
  const factor = fields['do_rescale'] === false ? 1 : (asNumber(fields['rescale_factor']) ?? 1 / 255);
  const unit = 255 * factor; // the value of white
  const isNormalised = fields['do_normalize'] !== false && isList(fields['image_mean']) && isList(fields['image_std']);
  const mean = isNormalised ? (fields['image_mean'] as number[]) : [0];
  const std = isNormalised ? (fields['image_std'] as number[]) : [1];
  const speaks = isNormalised || fields['do_normalize'] === false;
  const size = sizeOf(fields['do_center_crop'] === false ? undefined : fields['crop_size']) ?? sizeOf(fields['size']);
  return {
    ...size,
    ...(speaks && { mean: mean.map((one) => one / unit), std: std.map((one) => one / unit) }),
  };
}

/** `pretrained_cfg` of timm: channels, height and width, and statistics on a scale of 0 to 1. */
function fromTimm(fields: Fields): Omit<ImageProcessor, 'source'> {
  const own = isFields(fields['pretrained_cfg']) ? fields['pretrained_cfg'] : {};
  const size = own['input_size'];
  const [, height, width] = isList(size) ? size : [];
  return {
    ...(isSide(height) && isSide(width) && { height, width }),
    ...(isList(own['mean']) && isList(own['std']) && { mean: own['mean'], std: own['std'] }),
  };
}

function sizeOf(value: unknown): { height: number; width: number } | undefined {
  if (isSide(value)) return { height: value, width: value };
  if (!isFields(value)) return undefined;
  const { height, width, shortest_edge: shortest } = value;
  if (isSide(height) && isSide(width)) return { height, width };
  return isSide(shortest) ? { height: shortest, width: shortest } : undefined;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSide = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;
const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
const isList = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 4 &&
  value.every((one) => typeof one === 'number' && Number.isFinite(one));
