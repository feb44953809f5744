import type { OnnxNode } from './proto/read-model.ts';
import { AttributeProto } from './proto/schema.ts';
import { joinBytes, wireFields } from './proto/wire.ts';

const [input, output, attribute] = [1, 2, 5];

/**
 * A node as it is written for inference. Networks exported in training mode have batch norms that use the statistics of each batch, and active dropout;
 * Graft reads both as inference, so the file must say so.
 * @param bytes the node as in the file, perhaps with new weights
 * @param isHeld whether a value is a constant of the file; batch norms of other statistics compute what they say
 * @param isUsed whether another node or an output reads a value
 */
export function forInference(
  { opType, domain, inputs, outputs, attributes }: OnnxNode,
  bytes: Uint8Array,
  isHeld: (name: string) => boolean,
  isUsed: (name: string) => boolean,
): Uint8Array {
  if (domain !== '' || outputs.slice(1).some((name) => name && isUsed(name))) return bytes;
  if (
    opType === 'BatchNormalization' &&
    inputs.slice(1).every(isHeld) &&
    (outputs.length > 1 || isTraining(attributes))
  )
    return edited(bytes, { outputs: 1, without: 'training_mode' });
  if (opType === 'Dropout' && inputs[2]) return edited(bytes, { inputs: 1, outputs: 1 });
  return bytes;
}

const isTraining = (attributes: OnnxNode['attributes']): boolean => attributes.int('training_mode', 0) !== 0;

/** A node with only its first inputs and outputs, and without an attribute. */
function edited(
  bytes: Uint8Array,
  { inputs = Infinity, outputs, without }: { inputs?: number; outputs: number; without?: string },
): Uint8Array {
  const left: Record<number, number> = { [input]: inputs, [output]: outputs };
  return joinBytes(
    wireFields(bytes).flatMap(({ number, content, bytes: whole }) => {
      if (number === attribute && AttributeProto.decode(content!).name === without) return [];
      if (!(number in left)) return [whole];
      return left[number]!-- > 0 ? [whole] : [];
    }),
  );
}
