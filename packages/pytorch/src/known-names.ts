import { bytesOf, type DType } from '@graft/tensor';
import { showValue } from './show-value.ts';
import { type TensorStorage, TensorView } from './stored-tensor.ts';
import { Callable, Opaque, Tuple } from './unpickle.ts';

/** The type of a storage's values, by the name of its class in PyTorch; undefined for bytes without a type. */
export class StorageType {
  readonly name: string;
  readonly dtype: DType | undefined;

  constructor(name: string, dtype: DType | undefined) {
    this.name = name;
    this.dtype = dtype;
  }
}

class TensorType {
  readonly dtype: DType;

  constructor(dtype: DType) {
    this.dtype = dtype;
  }
}

type Broken = (why: string) => Error;

/**
 * Everything that a checkpoint may name: what rebuilds tensors, their types, and harmless values next to them. Nothing here reads a file, runs a program or
 * imports a module.
 */
export function knownNames(broken: Broken): ReadonlyMap<string, unknown> {
  const names = new Map<string, unknown>();
  const callable = (name: string, call: (args: readonly unknown[]) => unknown): Callable => {
    const known = new Callable(name, call);
    names.set(name, known);
    return known;
  };
  const tensor = (storage: unknown, offset: unknown, shape: unknown, strides: unknown, type?: DType): TensorView => {
    if (!(storage instanceof LoadedStorage)) throw broken('makes a tensor without a storage');
    const dtype = type ?? storage.dtype;
    if (!dtype) throw broken('makes a tensor of bytes without a type');
    const numbers = (value: unknown): number[] => {
      if (!(value instanceof Tuple)) throw broken('makes a tensor whose shape or strides are not a tuple');
      return value.items as number[];
    };
    return new TensorView(
      { storage, dtype, offset: offset as number, shape: numbers(shape), strides: numbers(strides) },
      broken,
    );
  };
  const plain = (metadata: unknown): void => {
    if (metadata instanceof Map && [...metadata.values()].some((value) => value !== false))
      throw broken(
        'has a tensor that is conjugated or negated when read. Save tensor.resolve_conj().resolve_neg() instead',
      );
  };
  const parameter = ([data]: readonly unknown[]): TensorView => {
    if (!(data instanceof TensorView)) throw broken('makes a parameter without a tensor');
    return data;
  };

  callable('torch._utils._rebuild_tensor', ([storage, offset, shape, strides]) =>
    tensor(storage, offset, shape, strides),
  );
  callable('torch._utils._rebuild_tensor_v2', ([storage, offset, shape, strides, , , metadata]) => {
    plain(metadata);
    return tensor(storage, offset, shape, strides);
  });
  callable('torch._utils._rebuild_tensor_v3', ([storage, offset, shape, strides, , , type, metadata]) => {
    if (!(type instanceof TensorType)) throw broken('makes a tensor without a type');
    plain(metadata);
    return tensor(storage, offset, shape, strides, type.dtype);
  });
  callable('torch._utils._rebuild_parameter', parameter);
  callable('torch._utils._rebuild_parameter_with_state', parameter);
  for (const name of ['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer'])
    names.set(name, new Opaque(name));
  callable('torch._tensor._rebuild_from_type_v2', ([rebuild, type, args]) => {
    if (!(rebuild instanceof Callable && type instanceof Opaque && args instanceof Tuple))
      throw broken('makes a tensor of an unknown class');
    return parameter([rebuild.call(args.items)]);
  });

  callable('collections.OrderedDict', ([pairs]) => {
    const dict = new Map<unknown, unknown>();
    if (pairs === undefined) return dict;
    if (!Array.isArray(pairs)) throw broken('makes a dict of a value that is not a list');
    for (const pair of pairs as readonly unknown[]) {
      const items = pair instanceof Tuple ? pair.items : Array.isArray(pair) ? (pair as readonly unknown[]) : [];
      if (items.length !== 2) throw broken('makes a dict of items that are not pairs');
      dict.set(items[0], items[1]);
    }
    return dict;
  });
  callable('torch.Size', ([items]) => (items instanceof Tuple ? items : new Tuple([])));
  for (const module of ['builtins', '__builtin__'])
    for (const name of ['set', 'frozenset']) callable(`${module}.${name}`, () => new Opaque(name));
  // Numbers of NumPy, such as the best score so far. Their bytes are not read.
  for (const module of ['numpy.core', 'numpy._core'])
    callable(`${module}.multiarray.scalar`, () => new Opaque('NumPy number'));
  callable('numpy.dtype', () => new Opaque('NumPy type'));
  callable('_codecs.encode', () => new Opaque('bytes'));
  callable('torch.device', () => new Opaque('device'));
  // The command line and paths that training scripts save next to the weights.
  callable('argparse.Namespace', () => new Opaque('Namespace'));
  for (const name of ['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath'])
    callable(`pathlib.${name}`, () => new Opaque('path'));
  for (const layout of ['strided', 'contiguous_format', 'channels_last', 'preserve_format'])
    names.set(`torch.${layout}`, new Opaque(layout));

  for (const [name, dtype] of Object.entries(storages)) {
    const type = new StorageType(name, dtype);
    names.set(`torch.${name}`, type);
    names.set(`torch.cuda.${name}`, type);
  }
  for (const module of ['torch', 'torch.storage'])
    names.set(`${module}.UntypedStorage`, new StorageType('UntypedStorage', undefined));
  for (const [name, dtype] of Object.entries(types)) names.set(`torch.${name}`, new TensorType(dtype));
  return names;
}

const storages: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const types: Readonly<Record<string, DType>> = {
  float64: 'float64',
  float32: 'float32',
  float16: 'float16',
  bfloat16: 'bfloat16',
  int64: 'int64',
  int32: 'int32',
  int16: 'int16',
  int8: 'int8',
  uint64: 'uint64',
  uint32: 'uint32',
  uint16: 'uint16',
  uint8: 'uint8',
  bool: 'bool',
};

/** A storage that a pickle refers to. */
export class LoadedStorage implements TensorStorage {
  readonly key: string;
  readonly dtype: DType | undefined;
  /** Number of values, or of bytes without a type. */
  readonly length: number;

  constructor(key: string, dtype: DType | undefined, length: number) {
    this.key = key;
    this.dtype = dtype;
    this.length = length;
  }

  get bytes(): number {
    return this.length * (this.dtype ? bytesOf(this.dtype) : 1);
  }
}

/** Reads the persistent ids of a pickle, and keeps the storages that they refer to. */
export function storageLoader(broken: Broken): {
  readonly load: (id: readonly unknown[]) => LoadedStorage;
  readonly storages: ReadonlyMap<string, LoadedStorage>;
} {
  const storages = new Map<string, LoadedStorage>();
  return {
    storages,
    load: ([tag, type, key, , length, view]) => {
      if (tag !== 'storage' || !(type instanceof StorageType))
        throw broken(`refers to ${showValue(tag)} outside of it, which is not a storage`);
      if (typeof key !== 'string' || !Number.isSafeInteger(length) || (length as number) < 0)
        throw broken(`has a storage ${showValue(key)} of length ${showValue(length)}`);
      if (view !== undefined && view !== null)
        throw broken(`has a storage ${showValue(key)} that is a part of another one`);
      const known = storages.get(key);
      if (known && (known.length !== length || known.dtype !== type.dtype))
        throw broken(`gives the storage ${showValue(key)} two lengths or types`);
      const storage = known ?? new LoadedStorage(key, type.dtype, length as number);
      storages.set(key, storage);
      return storage;
    },
  };
}
