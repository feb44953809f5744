import { ZipArchive } from '@graft/data';
import type { LoadedStorage } from './known-names.ts';
import { showValue } from './show-value.ts';

/** An unpickled value, and where its pickle ends. */
export interface OpenedCheckpoint {
  readonly value: unknown;
  readonly end: number;
  readonly storages: ReadonlyMap<string, LoadedStorage>;
}

/** The value of a checkpoint, with the memory of its storages. */
export interface CheckpointFile {
  readonly value: unknown;
  readonly memoryOf: (storage: LoadedStorage) => Uint8Array;
}

/** Reads the form of PyTorch 1.6 and later: a zip archive with `data.pkl` and one file for each storage. @param file its name in quotes */
export function openZipped(
  bytes: Uint8Array,
  file: string,
  open: (pickle: Uint8Array, start: number) => OpenedCheckpoint,
): CheckpointFile {
  const archive = new ZipArchive(bytes, file);
  const names = [...archive.entries.keys()];
  const isProgram = names.some((name) => /^[^/]*\/(constants\.pkl$|code\/)/.test(name));
  if (isProgram)
    throw new Error(
      `${file} is a TorchScript program. Save its weights in Python: torch.save(torch.jit.load(${file}).state_dict(), "weights.pth").`,
    );
  const pickles = names.filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw new Error(
      `${file} is a zip archive with ${pickles.length || 'no'} data.pkl, not a PyTorch checkpoint. Use a file written by torch.save.`,
    );
  const folder = pickles[0]!.slice(0, -'data.pkl'.length);
  const order = archive.entries.has(`${folder}byteorder`)
    ? new TextDecoder().decode(archive.view(`${folder}byteorder`).subarray(0, 16))
    : 'little';
  if (order !== 'little')
    throw new Error(
      `${file} has the byte order ${JSON.stringify(order)}, but only little-endian files are read. Save it again on a little-endian machine.`,
    );
  const memory = new Map<string, Uint8Array>();
  return {
    value: open(archive.view(pickles[0]!), 0).value,
    memoryOf: ({ key, bytes: length }) => {
      const found = memory.get(key) ?? archive.view(`${folder}data/${key}`); // checked once
      memory.set(key, found);
      if (found.length !== length)
        throw new Error(
          `Not a valid PyTorch checkpoint: ${file} has ${found.length} bytes in storage ${showValue(key)}, but says ${length}. Use an undamaged copy.`,
        );
      return found;
    },
  };
}
