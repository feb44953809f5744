import type { CheckpointFile, OpenedCheckpoint } from './zipped-file.ts';
import { showValue } from './show-value.ts';

/** The number with which PyTorch begins its files before 1.6. */
const magic = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

/**
 * Reads the form before PyTorch 1.6, which later versions still write on request: pickles of a magic number, the protocol, the machine, the value and
 * the keys of the storages, then each storage with its length.
 * @param file its name in quotes
 */
export function openLegacy(
  bytes: Uint8Array,
  file: string,
  open: (pickle: Uint8Array, start: number) => OpenedCheckpoint,
  broken: (why: string) => Error,
): CheckpointFile {
  if (isTar(bytes))
    throw new Error(
      `${file} was written by PyTorch 0.3 or earlier. Save it again in Python: torch.save(torch.load(${file}), "weights.pth").`,
    );
  if (bytes[0] !== 0x80)
    throw new Error(`${file} is not a PyTorch checkpoint. Use a file written by torch.save, or a .safetensors file.`);
  const number = open(bytes, 0);
  if (number.value !== magic)
    throw new Error(
      `${file} is a pickle, but was not written by torch.save. Save the weights in Python: torch.save(model.state_dict(), "weights.pth").`,
    );
  const version = open(bytes, number.end);
  if (version.value !== protocol) throw broken('has an unknown protocol');
  const machine = open(bytes, version.end);
  const isLittle = machine.value instanceof Map && machine.value.get('little_endian') === true;
  if (!isLittle)
    throw new Error(
      `${file} was written on a big-endian machine, which is not supported. Save it again on a little-endian machine.`,
    );
  const { value, storages, end } = open(bytes, machine.end);
  const keys = open(bytes, end);
  const places = placesOf(bytes, keys, storages, broken);
  return { value, memoryOf: ({ key }) => places.get(key)! };
}

/** The bytes of each storage. @throws if they do not fill the file */
function placesOf(
  bytes: Uint8Array,
  { value: keys, end }: OpenedCheckpoint,
  storages: OpenedCheckpoint['storages'],
  broken: (why: string) => Error,
): ReadonlyMap<string, Uint8Array> {
  if (!Array.isArray(keys) || keys.length !== storages.size)
    throw broken(`does not list the keys of its ${storages.size} storages`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<string, Uint8Array>();
  let at = end;
  for (const key of keys as readonly unknown[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || places.has(storage.key)) throw broken('lists storages that its value does not use');
    if (!storage.dtype) throw broken('has a storage without a type');
    if (at + 8 + storage.bytes > bytes.length) throw broken(`ends within storage ${showValue(storage.key)}`);
    const length = view.getBigUint64(at, true);
    if (length !== BigInt(storage.length))
      throw broken(`has ${length} values in storage ${showValue(storage.key)}, but says ${storage.length}`);
    places.set(storage.key, bytes.subarray(at + 8, at + 8 + storage.bytes));
    at += 8 + storage.bytes;
  }
  if (at !== bytes.length) throw broken(`has ${bytes.length - at} bytes after its last storage`);
  return places;
}

/** Whether bytes begin as a tar archive. */
const isTar = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.subarray(257, 262)) === 'ustar';
