import type { DType } from '@graft/tensor';
import { smallTypeOf } from './small-types.ts';

/** ONNX's TensorProto.DataType numbers of supported dtypes. */
const numbers: Readonly<Partial<Record<number, DType>>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};
/** Names of unsupported types, for messages. */
const others: Readonly<Record<number, string>> = {
  0: 'undefined',
  8: 'string',
  14: 'complex64',
  15: 'complex128',
};

/** The dtype of an ONNX data type, or undefined if it is not supported. */
export const dtypeOf = (dataType: number): DType | undefined => numbers[dataType];

/** The name of an ONNX data type in messages. */
export const dataTypeName = (dataType: number): string =>
  numbers[dataType] ?? smallTypeOf(dataType)?.name ?? others[dataType] ?? `data type ${dataType}`;

/** The ONNX data type of a dtype. */
export const dataTypeOf = (dtype: DType): number =>
  Number(Object.entries(numbers).find(([, name]) => name === dtype)![0]);
