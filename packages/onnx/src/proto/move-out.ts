import { TensorProto } from './schema.ts';
import { joinBytes, wireFields } from './wire.ts';

/** An external file for tensors' values: a model file is limited to 2 GiB. */
export interface ExternalSink {
  /** Its path relative to the model's folder. */
  readonly path: string;
  /** Appends bytes, and returns their offset. */
  append(bytes: Uint8Array): number;
}

/** Fields of TensorProto. */
const [rawData, externalData, dataLocation] = [9, 13, 14];
/** Shapes and other small tensors stay inline, readable without the external file. */
const least = 1024;

/** Moves the values of a written tensor to an external file, if it has at least 1 KiB of raw bytes. */
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
    TensorProto.encode({ externalData: entries, dataLocation: 1 }),
  ]);
}
