import {
  castWeights,
  decodeSafetensors,
  encodeSafetensors,
  loadWeights,
  type AnyModule,
  weightsOf,
} from '@graft/layers';
import { showJson } from '@graft/plugin';
import type { Optimizer } from '@graft/optimizers';
import type { Storage } from '@graft/storage';
import type { DType, HostArray } from '@graft/tensor';
import type { Callback } from './callback.ts';

type Kind = 'weights' | 'optimizer' | 'callbacks';

/** The version of the folder's layout. */
const format = 1;

/** The JSON part of a checkpoint. */
export interface CheckpointState {
  /** Plain JSON, such as the epoch, the seed or the loader's position. */
  readonly [name: string]: unknown;
}

interface Index {
  readonly format: number;
  readonly steps: number;
  /** File names and their SHA-256, by content. */
  readonly files: Readonly<Partial<Record<Kind, { readonly name: string; readonly sha256: string }>>>;
  /** The saved state of callbacks, by name. */
  readonly callbacks: Readonly<Record<string, unknown>>;
  readonly state: CheckpointState;
}

/** The parts that a checkpoint saves. */
export interface CheckpointParts {
  readonly model: AnyModule;
  readonly optimizer?: Optimizer | undefined;
  readonly callbacks?: readonly Callback[];
}

/** Options for writing a checkpoint. */
export interface SaveOptions {
  /** Data type of the saved weights; by default unchanged. */
  readonly dtype?: DType | undefined;
  /** The model's weights, if they have already been read. */
  readonly weights?: ReadonlyMap<string, HostArray> | undefined;
}

/**
 * Writes weights, optimizer state, callback state and `state` to a folder. With `dtype: 'float16'` the weights file is half the size, but no longer exact.
 * `state.json` is written last and names the other files by digest, so after an interruption the folder still holds a complete checkpoint: the old or the new one.
 */
export async function saveCheckpoint(
  storage: Storage,
  folder: string,
  {
    model,
    optimizer,
    callbacks = [],
    dtype,
    weights: read,
    state = {},
  }: CheckpointParts & SaveOptions & { readonly state?: CheckpointState },
): Promise<void> {
  const write = async (kind: Kind, bytes: Uint8Array): Promise<{ name: string; sha256: string }> => {
    const sha256 = await digestOf(bytes);
    const name = `${kind}-${sha256.slice(0, 12)}.safetensors`;
    await storage.write(`${folder}/${name}`, bytes);
    return { name, sha256 };
  };
  const values = read ?? (await weightsOf(model));
  const weights = await write('weights', encodeSafetensors(dtype ? castWeights(values, dtype) : values));
  const optimizerFile = optimizer && (await write('optimizer', encodeSafetensors(await optimizer.state())));
  const named = byName(callbacks);
  const tensors = new Map<string, HostArray>();
  for (const [name, callback] of named)
    for (const [path, value] of (await callback.saveTensors?.()) ?? []) tensors.set(`${name}/${path}`, value);
  const callbacksFile = tensors.size ? await write('callbacks', encodeSafetensors(tensors)) : undefined;
  const index: Index = {
    format,
    steps: optimizer?.steps ?? 0,
    state,
    files: {
      weights,
      ...(optimizerFile && { optimizer: optimizerFile }),
      ...(callbacksFile && { callbacks: callbacksFile }),
    },
    callbacks: Object.fromEntries(
      [...named].flatMap(([name, callback]) => (callback.save ? [[name, callback.save()]] : [])),
    ),
  };
  await storage.write(`${folder}/state.json`, new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`));
  const current = new Set([weights.name, optimizerFile?.name, callbacksFile?.name]);
  for (const name of await storage.list(folder))
    if (/^(weights|optimizer|callbacks)-[0-9a-f]{12}\.safetensors$/.test(name) && !current.has(name))
      await storage.remove(`${folder}/${name}`);
}

/**
 * Loads a checkpoint into a model and, if given, an optimizer and callbacks. Returns its `state`.
 * @throws if the folder has no checkpoint, a file is damaged, or the checkpoint belongs to another model; the model is then unchanged
 */
export async function loadCheckpoint(
  storage: Storage,
  folder: string,
  { model, optimizer, callbacks = [] }: CheckpointParts,
): Promise<CheckpointState> {
  const index = parseIndex(await storage.read(`${folder}/state.json`), folder);
  const read = async (kind: Kind): Promise<Uint8Array> => {
    const file = index.files[kind];
    if (!file)
      throw new Error(`The checkpoint "${folder}" does not contain ${kind}. Use a checkpoint saved with them.`);
    const bytes = await storage.read(`${folder}/${file.name}`);
    if ((await digestOf(bytes)) !== file.sha256)
      throw new Error(
        `The checkpoint file "${folder}/${file.name}" is damaged: its SHA-256 does not match state.json. Use another checkpoint.`,
      );
    return bytes;
  };
  const weights = decodeSafetensors(await read('weights'), `${folder}/${index.files.weights!.name}`);
  const remembered =
    optimizer && decodeSafetensors(await read('optimizer'), `${folder}/${index.files.optimizer!.name}`);
  const tensors =
    callbacks.length && index.files.callbacks
      ? decodeSafetensors(await read('callbacks'), `${folder}/${index.files.callbacks.name}`).tensors
      : new Map<string, HostArray>();
  for (const [name, callback] of byName(callbacks)) {
    const own = new Map(
      [...tensors]
        .filter(([path]) => path.startsWith(`${name}/`))
        .map(([path, value]) => [path.slice(name.length + 1), value]),
    );
    if (!Object.hasOwn(index.callbacks, name) && !own.size) continue;
    try {
      callback.restore?.(index.callbacks[name], own);
    } catch (error) {
      // Callbacks, also those of plugins, need not check each value that they saved.
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      throw new Error(
        `"${folder}/state.json" is not a valid checkpoint: the callback "${name}" cannot restore its state. Use another checkpoint.`,
        { cause: error },
      );
    }
  }
  Array.from(model.parameters()); // names the parameters: an optimizer's state is keyed by name
  if (remembered) optimizer.restore(remembered.tensors, index.steps);
  loadWeights(model, weights.tensors);
  return index.state;
}

/** Callbacks by name; a second one with the same name becomes `name 2`. */
function byName(callbacks: readonly Callback[]): Map<string, Callback> {
  const named = new Map<string, Callback>();
  for (const callback of callbacks) {
    let [name, number] = [callback.name, 1];
    while (named.has(name)) name = `${callback.name} ${++number}`;
    named.set(name, callback);
  }
  return named;
}

function parseIndex(bytes: Uint8Array, folder: string): Index {
  const broken = (why: string): Error =>
    new Error(`"${folder}/state.json" is not a valid checkpoint: ${why}. Use another checkpoint.`);
  let value: Partial<Index> | null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Index> | null;
  } catch {
    throw broken('it is not JSON');
  }
  if (!isObject(value)) throw broken('it is not an object');
  if (value.format !== format)
    throw broken(
      value.format === undefined
        ? 'it does not specify its "format"'
        : `its "format" is ${showJson(value.format)}, but this version reads format ${format}`,
    );
  if (!Number.isSafeInteger(value.steps) || value.steps! < 0)
    throw broken(`its "steps" must be an integer of 0 or more, but are ${showJson(value.steps)}`);
  for (const kind of ['weights', 'optimizer', 'callbacks'] as const) {
    const name = value.files?.[kind]?.name;
    if (name === undefined && kind !== 'weights') continue;
    if (typeof name !== 'string' || !/^[a-z]+-[0-9a-f]{12}\.safetensors$/.test(name))
      throw broken(`it does not name a ${kind} file`);
  }
  for (const name of ['callbacks', 'state'] as const)
    if (value[name] !== undefined && !isObject(value[name]))
      throw broken(`its "${name}" must be an object, but is ${showJson(value[name])}`);
  return {
    format,
    steps: value.steps!,
    files: value.files!,
    callbacks: value.callbacks ?? {},
    state: value.state ?? {},
  };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** SHA-256 in hexadecimal. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
