import { js, type Tensor, tensor } from '@graft/tensor';
import { optionalOf, sequenceOf, textsOf } from '../collections.ts';
import { externalData } from './external-data.ts';
import { isTexts, readTensor, readTexts } from './read-tensor.ts';
import { TensorProto } from './schema.ts';
import { wireFields } from './wire.ts';

/** The fields of SequenceProto and OptionalProto that hold their elements, by kind. */
const kinds = { tensor: 1, sequence: 3, optional: 5 } as const;
const elementType = 2;

/**
 * Reads a value of ONNX's test data: a serialised tensor, sequence or optional.
 * @param kind the kind in the model: `tensor` for every dtype
 * @throws if the bytes are damaged
 */
export function readValue(bytes: Uint8Array, kind: string, place = 'A value'): Tensor {
  if (kind === 'sequence') return sequenceOf(elementsIn(bytes, place));
  if (kind === 'optional') return optionalOf(elementsIn(bytes, place)[0]);
  const proto = TensorProto.decode(bytes);
  if (isTexts(proto)) return textsOf(...readTexts(proto, place));
  const { data, shape, dtype } = readTensor(proto, place, externalData(undefined));
  return tensor(data, { shape, dtype, backend: js });
}

/** The elements of a SequenceProto, or the single one of an OptionalProto: both use the same field numbers. */
function elementsIn(bytes: Uint8Array, place: string): Tensor[] {
  const fields = wireFields(bytes);
  const type = fields.find((one) => one.number === elementType)?.bytes[1];
  const kind = (Object.keys(kinds) as (keyof typeof kinds)[]).find((one) => kinds[one] === type);
  if (!type) return [];
  if (!kind) throw new Error(`${place} holds elements of kind ${type}, which is not supported.`);
  const number = { tensor: 3, sequence: 5, optional: 7 }[kind];
  return fields.filter((one) => one.number === number).map((one) => readValue(one.content!, kind, place));
}
