import { decodeSafetensors } from '@graft/layers';
import { readCheckpoint } from '@graft/pytorch';
import type { HostArray } from '@graft/tensor';

/** Weights of a file by name, and sentences on what was chosen from it. */
export interface ReadWeights {
  readonly tensors: ReadonlyMap<string, HostArray>;
  readonly notes: readonly string[];
}

/** Reads the weights of a safetensors file or of a PyTorch checkpoint. @param name the file's name in messages @throws if it is neither, or damaged */
export function readWeights(bytes: Uint8Array, name: string): ReadWeights {
  // A header of JSON after its length of 8 bytes. A pickle begins with 0x80, a zip archive with PK.
  if (bytes[8] === 0x7b && bytes[0] !== 0x80)
    return { tensors: decodeSafetensors(bytes, JSON.stringify(name)).tensors, notes: [] };
  return readCheckpoint(bytes, { name });
}
