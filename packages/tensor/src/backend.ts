import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { TypedArray } from './dtype.ts';
import type { AnyOp } from './op.ts';
import type { TensorSpec } from './spec.ts';

/** A tensor as a kernel sees it: contiguous, row-major data on the backend. */
export interface Operand<Data> extends TensorSpec {
  readonly data: Data;
}

/**
 * Computes one op on one backend. Returns undefined if it does not support the case (a dtype, a rank …): the op's
 * reference or decomposition then computes it.
 */
// Attributes differ from op to op; they are type-checked where the op is applied.
// oxlint-disable-next-line no-explicit-any
export type Kernel<Data = unknown, Attrs = any> = (
  inputs: readonly Operand<Data>[],
  attrs: Attrs,
  out: TensorSpec,
) => Data | undefined;

/**
 * Updates tensors in place, such as a parameter and its optimizer state, given the other inputs (the gradient).
 * Returns false, without changing anything, if it does not support the case or a buffer is shared.
 */
// oxlint-disable-next-line no-explicit-any
export type Update<Data = unknown, Attrs = any> = (
  changed: readonly Operand<Data>[],
  read: readonly Operand<Data>[],
  attrs: Attrs,
) => boolean;

/** A backend's memory usage. */
export interface BackendMemory {
  readonly buffers: number;
  readonly bytes: number;
  /** Bytes allocated from the system, used or not. */
  readonly reserved?: number;
}

/** Where tensors live and ops run. Buffers are reference-counted: a reshape shares its input's. */
export interface Backend<Data = unknown> {
  readonly name: string;
  readonly kernels: Map<string, Kernel<Data>>;
  /** Sentences for the user, such as a library that is not installed. A run shows those of the backend that it creates. */
  readonly warnings?: readonly string[];
  /** Native libraries in use, such as `OpenBLAS 0.3.21`, if the backend may use any. */
  readonly libraries?: readonly string[];
  /** Fused optimizer updates by name: `sgd`, `momentum`, `adam`. Without one, the ops of the step run one by one. */
  readonly updates?: Map<string, Update<Data>>;
  /** Copies values into a new buffer. */
  write(values: TypedArray, spec: TensorSpec): Data;
  /** Reads a buffer's values as of the call: the buffer may be released or changed before the promise settles. */
  read(data: Data, spec: TensorSpec): Promise<TypedArray>;
  /** Reads several buffers in one transfer, in the given order. Optional: by default they are read one by one. */
  readAll?(operands: readonly Operand<Data>[]): Promise<TypedArray[]>;
  retain(data: Data): void;
  release(data: Data): void;
  /** If the host can read the memory: the buffer itself, valid until the next allocation. */
  view?(data: Data, spec: TensorSpec): TypedArray;
  /** If the host can read the memory: a new, uninitialised buffer. */
  allocate?(spec: TensorSpec): Data;
  /** Intercepts every op for tracing: the op is recorded, and nothing is computed. */
  trace?(op: AnyOp, inputs: readonly Operand<Data>[], attrs: unknown, out: TensorSpec): Data;
  /** Converts a tensor of another backend, if mixing backends is intended. */
  adopt?(tensor: Operand<unknown> & { readonly backend: AnyBackend }): Data;
  memory?(): BackendMemory;
  dispose?(): void | Promise<void>;
}

/** A backend with any buffer type. */
// A backend's data is opaque: code that holds an unknown backend passes data through untouched.
// oxlint-disable-next-line no-explicit-any
export type AnyBackend = Backend<any>;

/** A backend type that apps create by name. */
export interface BackendType extends Named {
  /** @param context the app that it is made for: what else plugins brought for it */
  create(options?: object, context?: Context): AnyBackend | Promise<AnyBackend>;
}

/** A kernel contributed to an existing backend. It is tried before the backend's own and may decline. */
export interface KernelEntry extends Named {
  /** Unique among kernels: the op's name and the backend's, such as `swish/wasm`, prefixed with the plugin's name if other plugins may contribute one for the same op. */
  readonly name: string;
  readonly op: string;
  readonly backend: string;
  // oxlint-disable-next-line no-explicit-any
  readonly kernel: Kernel<any>;
}

/** Installs a kernel in front of a backend's existing one, which computes whatever the new one declines. */
export function addKernel<Data>({ kernels }: Pick<Backend<Data>, 'kernels'>, op: string, kernel: Kernel<Data>): void {
  const behind = kernels.get(op);
  kernels.set(op, behind ? (...call) => kernel(...call) ?? behind(...call) : kernel);
}

/** The extension point for backends, such as `wasm`. */
export const backend: ExtensionPoint<BackendType> = extensionPoint(
  'backend',
  'the option "backend" of a run, and createBackend',
);
/** The extension point for kernels, by op and backend. */
export const kernel: ExtensionPoint<KernelEntry> = extensionPoint('kernel', 'the backend that it names');
