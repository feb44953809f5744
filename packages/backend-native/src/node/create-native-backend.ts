import { cpus } from 'node:os';
import { join } from 'node:path';
import { createWasmBackend, defaultThreads, type WasmBackend, type WasmBackendOptions } from '@graft/backend-wasm';
import { cacheFolder } from '@graft/storage/node';
import { chainKernels } from '../chain-kernels.ts';
import { type KernelChoice, measuredChoice, nativeChoice } from '../kernel-choice.ts';
import { JsonFile } from './json-file.ts';
import { type LibraryOptions, nativeLibraries } from './native-libraries.ts';

/** Options of {@link createNativeBackend}. */
export interface NativeBackendOptions extends WasmBackendOptions, LibraryOptions {
  /**
   * How kernels are chosen: `measured` (default) compares native kernels with those of WebAssembly once for each op and shape and remembers the
   * faster on this machine; `native` takes a native kernel wherever there is one; or a choice of your own.
   */
  readonly choice?: 'measured' | 'native' | KernelChoice;
  /** Multiply-adds below which WebAssembly computes without comparison; default 200,000. */
  readonly leastProducts?: number;
  /** Folder in which choices and self-tests are remembered. Default: `native` in the folder GRAFT_CACHE, or in `.cache/graft` in the user's home. */
  readonly cache?: string;
  /** Creates the wasm backend; default {@link createWasmBackend}. */
  readonly createWasm?: (options: WasmBackendOptions) => WasmBackend | Promise<WasmBackend>;
}

/** The backend of {@link createNativeBackend}. */
export interface NativeBackend extends WasmBackend {
  /** The libraries in use, such as `OpenBLAS 0.3.21` and `oneDNN 2.6.3`. */
  readonly libraries: readonly string[];
  /** The kernels chosen so far, by op, shapes and attributes. */
  readonly choices: Readonly<Record<string, string>>;
}

const LEAST_PRODUCTS = 200_000;

/**
 * The wasm backend, with kernels of oneDNN and of a CBLAS library in front of its own, computing in its memory without copies. If a library is missing or
 * unusable, `warnings` says so, and WebAssembly computes what it would have.
 * Results are bit-identical between runs with the same libraries, number of threads and choices.
 * @throws if the wasm backend cannot be created
 */
export async function createNativeBackend({
  name = 'native',
  choice = 'measured',
  leastProducts = LEAST_PRODUCTS,
  cache = join(cacheFolder(), 'native'),
  blas,
  oneDnn,
  createWasm = createWasmBackend,
  ...options
}: NativeBackendOptions = {}): Promise<NativeBackend> {
  if (typeof choice === 'string' && choice !== 'measured' && choice !== 'native')
    throw new Error(`The option "choice" expects "measured" or "native", got "${String(choice)}".`);
  const threads = options.threads ?? (await defaultThreads());
  const wasm = await createWasm({ ...options, name, threads });
  const found = await nativeLibraries(
    { ...(blas !== undefined && { blas }), ...(oneDnn !== undefined && { oneDnn }) },
    { threads, passed: new JsonFile(join(cache, 'self-tests.json')) },
  );
  const libraries = [found.blas, found.oneDnn].flatMap((library) => library?.name ?? []);
  const warnings: string[] = [...found.problems];
  const base = found.foreign && baseOf(wasm, found.foreign.address);
  if (base === undefined && libraries.length)
    warnings.push('Native kernels need memory that threads can share: leave the option "shared" at its default.');
  const chooser =
    choice === 'native'
      ? nativeChoice()
      : choice === 'measured'
        ? remembered(cache, `${libraries.join(', ')}, ${threads} threads, ${wasm.variant}`)
        : choice;
  const free =
    base === undefined || libraries.length === 0
      ? () => undefined
      : chainKernels(
          {
            backend: wasm,
            blas: found.blas,
            oneDnn: found.oneDnn,
            address: ({ pointer }) => base + BigInt(pointer),
          },
          {
            choice: chooser,
            leastWork: leastProducts,
            onError: (message) => void (warnings.includes(message) || warnings.push(message)),
          },
        );
  return Object.defineProperties(wasm as NativeBackend, {
    libraries: { value: libraries },
    warnings: { value: warnings },
    choices: { get: () => chooser.record },
    dispose: {
      value: ((dispose) => () => {
        free();
        return dispose?.();
      })(wasm.dispose),
    },
  });
}

/** The address of the memory's first byte. Shared memory never moves: it grows within the range that it reserved. */
function baseOf(
  { view, allocate, release }: WasmBackend,
  address: (array: ArrayBufferView) => bigint,
): bigint | undefined {
  const spec = { shape: [1], dtype: 'float32' } as const;
  const buffer = allocate!(spec);
  const values = view!(buffer, spec);
  const isShared = !((values.buffer as ArrayBufferLike) instanceof ArrayBuffer);
  const base = isShared ? address(values as ArrayBufferView) - BigInt(buffer.pointer) : undefined;
  release(buffer);
  return base;
}

/** Measured choices, remembered on disk for this processor, these libraries and this number of threads. */
function remembered(cache: string, profile: string): KernelChoice {
  const file = new JsonFile(join(cache, 'kernels.json'));
  const prefix = `${cpus()[0]?.model ?? process.arch}, ${profile}: `;
  const known = Object.entries(file.read()).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
  );
  return measuredChoice({
    known: Object.fromEntries(known),
    onChosen: (key, candidate) => file.set(prefix + key, candidate),
  });
}
