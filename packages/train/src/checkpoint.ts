import { decodeSafetensors, encodeSafetensors, loadWeights, type Module, weightsOf } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import type { Storage } from '@graft/tensor';

/** The version of the folder's layout. */
const format = 1;

export interface CheckpointState {
  /** Plain JSON that goes with the weights: epoch, seed, loader position, callbacks' state. */
  readonly [name: string]: unknown;
}

interface Index {
  readonly format: number;
  readonly steps: number;
  /** File names and their SHA-256, by what they hold. */
  readonly files: Readonly<Record<'weights' | 'optimizer', { readonly name: string; readonly sha256: string } | undefined>>;
  readonly state: CheckpointState;
}

/**
 * Writes weights, optimizer state and `state` into a folder. `state.json` is written last and names the others by digest,
 * so that whatever happens the folder holds the old checkpoint or the new one, never a mixture.
 */
export async function saveCheckpoint(storage: Storage, folder: string, { model, optimizer, state = {} }: { model: Module; optimizer?: Optimizer | undefined; state?: CheckpointState }): Promise<void> {
  const write = async (kind: string, bytes: Uint8Array): Promise<{ name: string; sha256: string }> => {
    const sha256 = await digestOf(bytes);
    const name = `${kind}-${sha256.slice(0, 12)}.safetensors`;
    await storage.write(`${folder}/${name}`, bytes);
    return { name, sha256 };
  };
  const weights = await write('weights', encodeSafetensors(weightsOf(model)));
  const optimizerFile = optimizer && (await write('optimizer', encodeSafetensors(optimizer.state())));
  const index: Index = { format, steps: optimizer?.steps ?? 0, files: { weights, optimizer: optimizerFile }, state };
  await storage.write(`${folder}/state.json`, new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`));
  const current = new Set(['state.json', weights.name, optimizerFile?.name]);
  for (const name of await storage.list(folder)) if (/^(weights|optimizer)-[0-9a-f]{12}\.safetensors$/.test(name) && !current.has(name)) await storage.remove(`${folder}/${name}`);
}

/**
 * Puts a checkpoint into a model, and into an optimizer where one is given. Returns its `state`.
 * @throws where the folder holds none, a file is damaged, or it belongs to another model; nothing is changed then
 */
export async function loadCheckpoint(storage: Storage, folder: string, { model, optimizer }: { model: Module; optimizer?: Optimizer | undefined }): Promise<CheckpointState> {
  const index = parseIndex(await storage.read(`${folder}/state.json`), folder);
  const read = async (kind: 'weights' | 'optimizer'): Promise<Uint8Array> => {
    const file = index.files[kind];
    if (!file) throw new Error(`The checkpoint "${folder}" holds no ${kind}.`);
    const bytes = await storage.read(`${folder}/${file.name}`);
    if ((await digestOf(bytes)) !== file.sha256) throw new Error(`The checkpoint file "${folder}/${file.name}" is damaged: its SHA-256 is not the one that state.json names. Take another checkpoint.`);
    return bytes;
  };
  const weights = decodeSafetensors(await read('weights'), `${folder}/${index.files.weights!.name}`);
  const remembered = optimizer && decodeSafetensors(await read('optimizer'), `${folder}/${index.files.optimizer!.name}`);
  loadWeights(model, weights.tensors);
  if (remembered) optimizer.restore(remembered.tensors, index.steps);
  return index.state;
}

function parseIndex(bytes: Uint8Array, folder: string): Index {
  const broken = (why: string): Error => new Error(`"${folder}/state.json" is not a checkpoint: ${why}. Take another checkpoint.`);
  let value: Partial<Index> | null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Index> | null;
  } catch {
    throw broken('it is not JSON');
  }
  if (value?.format !== format) throw broken(`its format is ${JSON.stringify(value?.format)}, and this version reads ${format}`);
  if (!Number.isSafeInteger(value.steps) || value.steps! < 0) throw broken(`it says ${JSON.stringify(value.steps)} steps were made`);
  for (const kind of ['weights', 'optimizer'] as const) {
    const name = value.files?.[kind]?.name;
    if (name === undefined && kind === 'optimizer') continue;
    if (typeof name !== 'string' || !/^[a-z]+-[0-9a-f]{12}\.safetensors$/.test(name)) throw broken(`it names no ${kind} file`);
  }
  return { format, steps: value.steps!, files: value.files!, state: value.state ?? {} };
}

/** SHA-256 in hexadecimal. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
