import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { TypedArray } from './dtype.ts';
import type { AnyOp } from './op.ts';
import type { TensorSpec } from './spec.ts';

/** A tensor as a kernel sees it: contiguous, row-major data on the backend. */
export interface Operand<Data> extends TensorSpec {
  readonly data: Data;
}

/**
 * Computes one op on one backend. Returns undefined where the case is not its own (a dtype, a rank …): the op's
 * reference or decomposition then does it.
 */
// Attributes differ from op to op; the record's own type checks them where the op is applied.
// oxlint-disable-next-line no-explicit-any
export type Kernel<Data = unknown, Attrs = any> = (
  inputs: readonly Operand<Data>[],
  attrs: Attrs,
  out: TensorSpec,
) => Data | undefined;

/**
 * Changes tensors where they lie, such as a parameter and what an optimizer remembers of it, given what it reads besides (the gradient).
 * Returns false, having changed nothing, where the case is not its own or a buffer is shared.
 */
// oxlint-disable-next-line no-explicit-any
export type Update<Data = unknown, Attrs = any> = (
  changed: readonly Operand<Data>[],
  read: readonly Operand<Data>[],
  attrs: Attrs,
) => boolean;

/** What a backend holds. */
export interface BackendMemory {
  readonly buffers: number;
  readonly bytes: number;
  /** Bytes taken from the system, used or not. */
  readonly reserved?: number;
}

/** Where tensors live and ops run. Buffers are reference-counted: a reshape shares its input's. */
export interface Backend<Data = unknown> {
  readonly name: string;
  readonly kernels: Map<string, Kernel<Data>>;
  /** What an optimizer's step comes to, by name: `sgd`, `momentum`, `adam`. Without one, the step's ops run one by one. */
  readonly updates?: Map<string, Update<Data>>;
  /** Copies values into a new buffer. */
  write(values: TypedArray, spec: TensorSpec): Data;
  /** Copies a buffer's values out, as they are at the call: the buffer may be released or changed before the promise settles. */
  read(data: Data, spec: TensorSpec): Promise<TypedArray>;
  /** Reads several buffers in one transfer, in their order. Without it they are read one by one. */
  readAll?(operands: readonly Operand<Data>[]): Promise<TypedArray[]>;
  retain(data: Data): void;
  release(data: Data): void;
  /** Where the host sees the memory: the buffer itself, valid until the next allocation. */
  view?(data: Data, spec: TensorSpec): TypedArray;
  /** Where the host sees the memory: a new buffer with any contents. */
  allocate?(spec: TensorSpec): Data;
  /** Takes over every op: nothing is computed, the op is only written down. */
  trace?(op: AnyOp, inputs: readonly Operand<Data>[], attrs: unknown, out: TensorSpec): Data;
  /** Takes a tensor of another backend in, where mixing is meant. */
  adopt?(tensor: Operand<unknown> & { readonly backend: AnyBackend }): Data;
  memory?(): BackendMemory;
  dispose?(): void | Promise<void>;
}

/** A backend whatever its buffers are. */
// A backend's data is its own business; whoever holds a backend without knowing which passes data through untouched.
// oxlint-disable-next-line no-explicit-any
export type AnyBackend = Backend<any>;

/** A kind of backend, made when an app or a user asks for it by name. */
export interface BackendType extends Named {
  /** @param context the app that it is made for: what else plugins brought for it */
  create(options?: object, context?: Context): AnyBackend | Promise<AnyBackend>;
}

/** A kernel for a backend that its author does not own. It is tried before the backend's own, and may decline. */
export interface KernelEntry extends Named {
  /** Unique among kernels: the op's name and the backend's, such as `swish/wasm`, after the plugin's own where others may bring one for the same op. */
  readonly name: string;
  readonly op: string;
  readonly backend: string;
  // oxlint-disable-next-line no-explicit-any
  readonly kernel: Kernel<any>;
}

/** Puts a kernel before the one that a backend has for an op: what the new one declines, the one behind it computes. */
export function addKernel<Data>({ kernels }: Pick<Backend<Data>, 'kernels'>, op: string, kernel: Kernel<Data>): void {
  const behind = kernels.get(op);
  kernels.set(op, behind ? (...call) => kernel(...call) ?? behind(...call) : kernel);
}

/** Kinds of backend by name, such as `wasm`. */
export const backend: ExtensionPoint<BackendType> = extensionPoint('backend');
/** Kernels for backends of others, by op and backend. */
export const kernel: ExtensionPoint<KernelEntry> = extensionPoint('kernel');
