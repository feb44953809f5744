import { TensorProto } from './schema.ts';
import { joinBytes, wireFields } from './wire.ts';

/** A file beside the model that takes tensors' values: a model file itself ends at 2 GiB. */
export interface ExternalSink {
  /** What the model calls it: its path from the model's folder. */
  readonly path: string;
  /** Adds bytes to its end, and says where they begin. */
  append(bytes: Uint8Array): number;
}

/** Fields of TensorProto. */
const [rawData, externalData, dataLocation] = [9, 13, 14];
/** Shapes and other small tensors are read without the other file. */
const least = 1024;

/** A written tensor with its values moved to a file beside the model, where it holds at least 1 KiB of raw bytes. */
export function movedOut(tensor: Uint8Array, sink: ExternalSink): Uint8Array {
  const fields = wireFields(tensor);
  const raw = fields.find(({ number }) => number === rawData)?.content;
  if (!raw || raw.length < least) return tensor;
  const offset = sink.append(raw);
  const entries = Object.entries({ location: sink.path, offset: String(offset), length: String(raw.length) }).map(
    ([key, value]) => ({ key, value }),
  );
  return joinBytes([
    ...fields
      .filter(({ number }) => number !== rawData && number !== externalData && number !== dataLocation)
      .map((one) => one.bytes),
    TensorProto.encode({ externalData: entries, dataLocation: 1 }).finish(),
  ]);
}
