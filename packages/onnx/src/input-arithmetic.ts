import { type HostArray, isFloat, toNumbers } from '@graft/tensor';
import type { OnnxFile, OnnxNode } from './proto/read-model.ts';
import { constantOf } from './value-uses.ts';

/** What a network does with its images before its first layer. */
export interface InputArithmetic {
  /** Whether images have their channels last; undefined if nothing in the graph tells. */
  readonly channelsLast: boolean | undefined;
  /** Number of channels that the first layer reads. */
  readonly channels: number | undefined;
  /** The value that the first layer reads is `scale · x + shift`, with one number for all channels or one for each. */
  readonly scale: readonly number[];
  readonly shift: readonly number[];
  /** Whether every image is normalised by its own statistics, whatever its range. */
  readonly normalised: boolean;
}

const convolution = /^(Conv|FusedConv|ConvInteger|QLinearConv)$/;
const passing =
  /^(Identity|Dropout|Cast|CastLike|Pad|QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|Resize|Upsample|Clip)$/;

/**
 * Reads the arithmetic at the head of a graph that takes images: Keras' Rescaling, Caffe's subtracted mean, an ImageScaler, a batch norm, transposed or reversed channels.
 * It ends at the first operator that computes anything else.
 */
export function inputArithmetic(file: OnnxFile, input: string): InputArithmetic {
  const readers = new Map<string, OnnxNode[]>();
  for (const node of file.nodes)
    for (const name of new Set(node.inputs)) {
      // What reads only the size of an image does not matter.
      if (node.opType === 'Shape') continue;
      if (readers.has(name)) readers.get(name)!.push(node);
      else readers.set(name, [node]);
    }
  let scale = [1];
  let shift = [0];
  let [channelsLast, channels] = [undefined as boolean | undefined, undefined as number | undefined];
  let normalised = false;
  const combine = (factor: readonly number[], offset: readonly number[]): void => {
    const length = Math.max(factor.length, offset.length, scale.length);
    const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i] ?? 0;
    const [before, moved] = [scale, shift];
    scale = Array.from({ length }, (_, i) => at(before, i) * at(factor, i));
    shift = Array.from({ length }, (_, i) => at(moved, i) * at(factor, i) + at(offset, i));
  };
  for (let [value, steps] = [input, 0]; steps < 32; steps++) {
    const [node, ...others] = readers.get(value) ?? [];
    if (!node) break;
    const { opType, inputs, attributes, outputs } = node;
    if (convolution.test(opType)) {
      const weight = weightOf(file, inputs[opType === 'QLinearConv' ? 3 : 1]);
      channels = weight && weight.shape.length > 2 ? weight.shape[1]! * attributes.int('group', 1) : undefined;
      channelsLast ??= false;
      break;
    }
    if (others.length) break;
    if (opType === 'Transpose') {
      const perm = attributes.ints('perm', []).join();
      if (perm !== '0,3,1,2') break;
      channelsLast = true;
    } else if (/^(Add|Sub|Mul|Div)$/.test(opType)) {
      const [left = '', right = ''] = inputs;
      const constant = weightOf(file, left === value ? right : left);
      const numbers = constant && perChannelNumbers(constant);
      if (!numbers || (left !== value && /^(Sub|Div)$/.test(opType))) break;
      if (opType === 'Add') combine([1], numbers);
      else if (opType === 'Sub')
        combine(
          [1],
          numbers.map((one) => -one),
        );
      else
        combine(
          numbers.map((one) => (opType === 'Mul' ? one : 1 / one)),
          [0],
        );
    } else if (opType === 'BatchNormalization') {
      const [gamma, beta, mean, variance] = inputs.slice(1, 5).map((name) => numbersOf(weightOf(file, name)));
      if (!gamma || !beta || !mean || !variance) break;
      const factor = gamma.map((one, i) => one / Math.sqrt(variance[i]! + attributes.float('epsilon', 1e-5)));
      combine(
        factor,
        beta.map((one, i) => one - mean[i]! * factor[i]!),
      );
    } else if (opType === 'ImageScaler') {
      combine([attributes.float('scale', 1)], attributes.floats('bias', [0]));
    } else if (opType === 'InstanceNormalization' || opType === 'MeanVarianceNormalization') {
      normalised = true;
      break;
    } else if (!passing.test(opType) && !isReversal(file, node)) break;
    value = outputs[0] ?? '';
  }
  return { channelsLast, channels, scale, shift, normalised };
}

/** A constant, also behind a Cast, a DequantizeLinear or an Identity. Only the shape of a quantised one is meaningful. */
function weightOf(file: OnnxFile, name: string | undefined): HostArray | undefined {
  for (let [value, steps] = [name, 0]; value && steps < 4; steps++) {
    const constant = constantOf(file, value);
    if (constant) return constant.read();
    const maker = file.nodes.find(({ outputs }) => outputs.includes(value!));
    if (!maker || !/^(Cast|DequantizeLinear|Identity|Unsqueeze|Reshape)$/.test(maker.opType)) return undefined;
    value = maker.inputs[0];
  }
  return undefined;
}

const numbersOf = (constant: HostArray | undefined): number[] | undefined =>
  constant && isFloat(constant.dtype) ? toNumbers(constant.data, constant.dtype) : undefined;

/** The numbers of a constant that has one number in all or one for each channel of an image. */
function perChannelNumbers(constant: HostArray): number[] | undefined {
  const sizes = constant.shape.filter((size) => size > 1);
  return sizes.length < 2 && (sizes[0] ?? 1) <= 4 ? numbersOf(constant) : undefined;
}

/** Whether a node reverses three channels: a Gather of 2, 1, 0, or a Slice from the last to the first. */
function isReversal(file: OnnxFile, { opType, inputs }: OnnxNode): boolean {
  const integers = (name: string | undefined): string | undefined => {
    const data = constantOf(file, name)?.read().data;
    return data && Array.from(data as ArrayLike<number | bigint>, Number).join();
  };
  if (opType === 'Gather') return integers(inputs[1]) === '2,1,0';
  return opType === 'Slice' && integers(inputs[4]) === '-1' && ['-1', '2'].includes(integers(inputs[1]) ?? '');
}
