import type { OnnxFile } from '@graft/onnx';
import { WrongModality } from '@graft/tasks';

/** Preprocessing of curves for a network; stored in the exported model. */
export interface CurvePreprocessing {
  readonly channels: number;
  /** Number of time steps that every curve is resampled to. */
  readonly length: number;
  /** Normalization of each channel: `(value - mean) / std`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The input of a network for curves. */
export interface CurveInput {
  readonly name: string;
  readonly channels: number;
  /** Number of time steps, if the file fixes it. */
  readonly length: number | undefined;
}

/** Reads the input of a network for curves. @throws if its input is not float32 [batch, channels, length] */
export function curveInput({ name: file, inputs }: OnnxFile): CurveInput {
  const [input, ...others] = inputs;
  const shown = inputs.map(({ name, shape }) => `"${name}" [${shape?.map((dim) => dim ?? '?').join(', ') ?? '?'}]`);
  const isOpen = (dim: unknown): boolean => typeof dim !== 'number' || dim < 1;
  if (!input || others.length || input.dtype !== 'float32' || input.shape?.length !== 3 || isOpen(input.shape[1]))
    throw new WrongModality(
      `"${file}" expects ${shown.join(' and ') || 'no inputs'}, but curves are float32 [batch, channels, length].`,
    );
  const [, channels, length] = input.shape;
  return { name: input.name, channels: channels as number, length: isOpen(length) ? undefined : (length as number) };
}

/** Maximum number of values in a resampled curve, because files may come from someone else. */
const maxValues = 2 ** 24;

/** Whether a value from a file is valid preprocessing. */
export function isCurvePreprocessing(value: unknown): value is CurvePreprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { channels, length, mean, std } = value as Partial<Record<keyof CurvePreprocessing, unknown>>;
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) >= 1;
  const areNumbers = (list: unknown, above: number): boolean =>
    Array.isArray(list) &&
    list.length === channels &&
    list.every((one) => typeof one === 'number' && Number.isFinite(one) && one > above);
  return (
    isCount(channels) &&
    isCount(length) &&
    channels * length <= maxValues &&
    areNumbers(mean, -Infinity) &&
    areNumbers(std, 0)
  );
}
