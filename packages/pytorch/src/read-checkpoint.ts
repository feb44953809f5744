import { isZip } from '@graft/data';
import type { HostArray } from '@graft/tensor';
import { knownNames, type LoadedStorage, storageLoader } from './known-names.ts';
import { openLegacy } from './legacy-file.ts';
import { refusedName } from './refused-name.ts';
import { chooseWeights } from './choose-weights.ts';
import { unpickle } from './unpickle.ts';
import { type OpenedCheckpoint, openZipped } from './zipped-file.ts';

/** Options of {@link readCheckpoint}. */
export interface CheckpointOptions {
  /** The file's name in messages; default `the file`. */
  readonly name?: string;
  /** The key of the weights, such as `state_dict_ema`. By default they are found: averaged weights first, as timm does. */
  readonly key?: string;
}

/** The tensors of a checkpoint. */
export interface Checkpoint {
  readonly tensors: Map<string, HostArray>;
  /** Sentences on what was chosen and left out. */
  readonly notes: readonly string[];
}

/** Bytes of tensors per byte of the file: shared and repeated values are copied. */
const mostCopies = 8;

/**
 * Reads the weights of a PyTorch checkpoint (`.pt`, `.pth`, `.bin`, `.ckpt`). No code of the file is run: a checkpoint that calls anything but what rebuilds
 * tensors is rejected. Training state next to the weights is left out.
 * @throws if the file is damaged, calls other functions, or is a whole module or a TorchScript program
 */
export function readCheckpoint(bytes: Uint8Array, { name = 'the file', key }: CheckpointOptions = {}): Checkpoint {
  const file = JSON.stringify(name);
  const broken = (why: string): Error =>
    new Error(`Not a valid PyTorch checkpoint: ${file} ${why}. Use an undamaged copy.`);
  const known = knownNames(broken);
  const open = (pickle: Uint8Array, start: number): OpenedCheckpoint => {
    const { load, storages } = storageLoader(broken);
    const find = (wanted: string): unknown => {
      if (!known.has(wanted)) throw refusedName(wanted, file, pickle);
      return known.get(wanted);
    };
    return { ...unpickle(pickle, { find, load, broken, start }), storages };
  };
  const { value, memoryOf } = isZip(bytes) ? openZipped(bytes, file, open) : openLegacy(bytes, file, open, broken);
  const { entries, notes } = chooseWeights(value, file, key);
  const budget = mostCopies * bytes.length;
  const total = entries.reduce((sum, [, tensor]) => sum + tensor.bytes, 0);
  if (total > budget) throw broken(`has ${total} bytes of tensors, but is ${bytes.length} bytes long`);
  const tensors = new Map(
    entries.map(([path, tensor]) => [path, tensor.read(memoryOf(tensor.storage as LoadedStorage), broken)]),
  );
  return { tensors, notes };
}
