import type { OnnxFile } from '@graft/onnx';
import { WrongModality } from '@graft/tasks';

/** How curves are fed to a network. It travels with the exported model. */
export interface CurvePreprocessing {
  readonly channels: number;
  /** Time steps that every curve is resampled to. */
  readonly length: number;
  /** Of each channel: `(value - mean) / std` goes in. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What a network's input says about the curves it takes. */
export interface CurveInput {
  readonly name: string;
  readonly channels: number;
  /** Time steps, where the file fixes them. */
  readonly length: number | undefined;
}

/** @throws where a network takes something else than [batch, channels, length], with what it takes */
export function curveInput({ name: file, inputs }: OnnxFile): CurveInput {
  const [input, ...others] = inputs;
  const shown = inputs.map(({ name, shape }) => `"${name}" [${shape?.map((dim) => dim ?? '?').join(', ') ?? '?'}]`);
  const isOpen = (dim: unknown): boolean => typeof dim !== 'number' || dim < 1;
  if (!input || others.length || input.dtype !== 'float32' || input.shape?.length !== 3 || isOpen(input.shape[1]))
    throw new WrongModality(
      `"${file}" takes ${shown.join(' and ') || 'nothing'}, and curves are fed as [batch, channels, length] in floating-point numbers.`,
    );
  const [, channels, length] = input.shape;
  return { name: input.name, channels: channels as number, length: isOpen(length) ? undefined : (length as number) };
}

/** Most numbers in one curve as it is fed: what a stranger's file says is not taken at its word. */
const mostNumbers = 2 ** 24;

/** Whether a value from a file says how curves are fed. */
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
    channels * length <= mostNumbers &&
    areNumbers(mean, -Infinity) &&
    areNumbers(std, 0)
  );
}
