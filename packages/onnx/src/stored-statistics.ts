import { isFloat, toNumbers } from '@graft/tensor';
import type { OnnxFile } from './proto/read-model.ts';
import { constantOf, makersIn } from './value-uses.ts';

/** What a network's first batch norm after a layer saw in training. */
export interface StoredStatistics {
  /** The value [batch, channels, …] that it normalises. */
  readonly value: string;
  /** Mean and variance of each channel over the data that the network was trained with. */
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

const layer = /^(Conv|FusedConv|MatMul|Gemm)$/;

/**
 * Reads the statistics of the first batch norm that follows a layer. They tell how a network's inputs were scaled in training, because a layer's outputs scale with them.
 * @returns undefined if there is none, as exporters often fold batch norms into layers, or it was not trained
 */
export function storedStatistics(file: OnnxFile): StoredStatistics | undefined {
  const makers = makersIn(file.nodes);
  const numbersOf = (name: string | undefined): readonly number[] | undefined => {
    const constant = constantOf(file, name)?.read();
    return constant && isFloat(constant.dtype) ? toNumbers(constant.data, constant.dtype) : undefined;
  };
  for (const { opType, domain, inputs } of file.nodes) {
    if (opType !== 'BatchNormalization' || domain !== '') continue;
    const [value = ''] = inputs;
    if (!layer.test(makers.get(value)?.opType ?? '')) continue;
    const [mean, variance] = [numbersOf(inputs[3]), numbersOf(inputs[4])];
    if (!mean || !variance || mean.length !== variance.length) return undefined;
    const isTrained = mean.some((one) => one !== 0) || variance.some((one) => one !== 1);
    const isUsable = [...mean, ...variance].every(Number.isFinite) && variance.every((one) => one >= 0);
    return isTrained && isUsable ? { value, mean, variance } : undefined;
  }
  return undefined;
}
