import type { Address } from '../blas.ts';
import type { Convolution, ConvolutionKind, ConvolutionLayout, ConvolutionShape, OneDnn } from '../one-dnn.ts';
import type { Foreign, ForeignFunctions, ForeignLibrary } from './foreign.ts';
import { version2 } from './one-dnn-2.ts';
import { version3 } from './one-dnn-3.ts';

/** A handle of oneDNN, or the address of a structure. */
export type Handle = Address | Uint8Array;

/** Descriptors of a convolution: any may let oneDNN choose its layout. */
export interface Descriptors {
  readonly x: Handle;
  readonly w: Handle;
  readonly y: Handle;
  readonly bias?: Handle | undefined;
}

/** The steps of a convolution, as integers of 64 bits. */
export interface Steps {
  readonly strides: BigInt64Array;
  /** oneDNN counts the elements between two taps: 0 is dense. */
  readonly dilates: BigInt64Array;
  readonly before: BigInt64Array;
  readonly after: BigInt64Array;
}

/** What differs between the binary interfaces of versions 2 and 3. */
export interface Abi {
  /** Describes row-major float32 data, or data whose layout oneDNN chooses. */
  describe(dims: readonly number[], layout: ConvolutionLayout): Handle;
  freeDescription(handle: Handle): void;
  /** The primitive descriptor of a convolution; undefined if it is unsupported. @param hint of the forward pass, for gradients */
  convolution(
    kind: ConvolutionKind,
    descriptors: Descriptors,
    steps: Steps,
    given: { readonly engine: Address; readonly attr: Address | null; readonly hint: Address | null },
  ): Address | undefined;
  /** Appends a clip to post-operations; returns the status. */
  appendClip(postOps: Address, min: number, max: number): number;
}

/** Status codes. */
export const SUCCESS = 0;
const CPU = 1;
const IN_ORDER = 1;
const BYTES_PER_ARGUMENT = 16;
/** Runtimes whose number of threads can be limited: sequential, and OpenMP. */
const [SEQUENTIAL, OPENMP] = [1, 2];
/** Kinds of arguments, and of descriptors that are asked for. */
const ARGUMENTS = { x: 1, w: 33, y: 17, bias: 41, xGrad: 129, wGrad: 161, yGrad: 145 } as const;
const QUERIES = { x: 129, xGrad: 130, w: 131, wGrad: 132, y: 133, yGrad: 134 } as const;
const [FROM, TO] = [1, 17];
/** dnnl_query_impl_info_str */
const KERNEL_NAME = 8;

/** The operands of each kind, in the order of {@link Convolution.run}: two inputs and the result. */
const OPERANDS = {
  forward: ['x', 'w', 'y'],
  inputGrad: ['yGrad', 'w', 'xGrad'],
  weightGrad: ['x', 'yGrad', 'wGrad'],
} as const;

const status = (call: Foreign, what: string, ...args: readonly unknown[]): void => {
  const code = call(...args);
  if (code !== SUCCESS) throw new Error(`oneDNN reports status ${String(code)} where it ${what}.`);
};
const made = (call: Foreign, what: string, ...args: readonly unknown[]): Address => {
  const out = [null] as unknown as [Address];
  status(call, what, out, ...args);
  return out[0];
};
const longs = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

/**
 * Loads oneDNN, version 2 or 3. Load only files that passed `checkLibrary`: code of a damaged or foreign library runs in this process.
 * @param threads the maximum number of threads of its primitives
 * @throws a sentence if the file is not oneDNN, or its number of threads cannot be limited
 */
export function loadOneDnn(foreign: ForeignFunctions, path: string, threads: number): OneDnn {
  const library = foreign.load(path);
  // typedef struct { int major, minor, patch; const char *hash; unsigned cpu_runtime, gpu_runtime; } dnnl_version_t
  const [major, minor, patch, , , , runtime] = foreign.integers(library.func('void *dnnl_version()')(), 8);
  const name = `oneDNN ${major}.${minor}.${patch}`;
  const abi = major === 2 ? version2(library) : major === 3 ? version3(library) : undefined;
  if (!abi) throw new Error(`"${path}" is ${name}; versions 2 and 3 are supported.`);
  if (runtime === OPENMP) library.func('void omp_set_num_threads(int threads)')(threads);
  else if (runtime !== SEQUENTIAL)
    throw new Error(
      `"${path}" is ${name} built without OpenMP, so its number of threads cannot be limited. Use a build with OpenMP, such as libdnnl2 of Debian or onednn-cpu-gomp of PyPI.`,
    );
  return new LoadedOneDnn(name, abi, library);
}

class LoadedOneDnn implements OneDnn {
  readonly name: string;
  readonly #abi: Abi;
  readonly #engine: Address;
  readonly #stream: Address;
  readonly #call: Readonly<Record<keyof typeof FUNCTIONS, Foreign>>;

  constructor(name: string, abi: Abi, library: ForeignLibrary) {
    this.name = name;
    this.#abi = abi;
    this.#call = Object.fromEntries(
      Object.entries(FUNCTIONS).map(([key, declaration]) => [key, library.func(declaration)]),
    ) as Record<keyof typeof FUNCTIONS, Foreign>;
    this.#engine = made(this.#call.createEngine, 'creates an engine', CPU, 0);
    this.#stream = made(this.#call.createStream, 'creates a stream', this.#engine, IN_ORDER);
  }

  convolution(kind: ConvolutionKind, shape: ConvolutionShape, layout: ConvolutionLayout): Convolution | undefined {
    const frees: (() => void)[] = [];
    const dispose = (): void => {
      for (const free of frees.splice(0).toReversed()) free();
    };
    try {
      const descriptor = this.#primitiveOf(kind, shape, layout, frees);
      const convolution = descriptor === undefined ? undefined : this.#ready(kind, shape, descriptor, frees);
      if (!convolution) dispose();
      return convolution && { ...convolution, dispose };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  #primitiveOf(
    kind: ConvolutionKind,
    shape: ConvolutionShape,
    layout: ConvolutionLayout,
    frees: (() => void)[],
  ): Address | undefined {
    const { x, w, y } = dimsOf(shape);
    const descriptors: Descriptors = {
      x: this.#describe(x, layout, frees),
      w: this.#describe(w, layout, frees),
      y: this.#describe(y, layout, frees),
      ...(shape.bias && { bias: this.#describe([shape.w[0]!], 'plain', frees) }),
    };
    const [top, left, bottom, right] = shape.padding as [number, number, number, number];
    const steps: Steps = {
      strides: longs(shape.stride),
      dilates: longs(shape.dilation.map((d) => d - 1)),
      before: longs([top, left]),
      after: longs([bottom, right]),
    };
    const create = (of: ConvolutionKind, hint: Address | null): Address | undefined => {
      const attr = shape.clip && of === 'forward' ? this.#clipTo(shape.clip, frees) : null;
      const descriptor = this.#abi.convolution(of, descriptors, steps, { engine: this.#engine, attr, hint });
      if (descriptor !== undefined) frees.push(() => this.#call.freeDescriptor(descriptor));
      return descriptor;
    };
    const forward = create('forward', null);
    const descriptor = forward === undefined || kind === 'forward' ? forward : create(kind, forward);
    return descriptor === undefined || this.#isReference(descriptor) ? undefined : descriptor;
  }

  /** oneDNN computes cases without a fast kernel by plain loops, which take up to seconds. */
  #isReference(descriptor: Address): boolean {
    const name = [null] as unknown as [string];
    status(this.#call.ask, 'names a kernel', descriptor, KERNEL_NAME, 0, name);
    return name[0].startsWith('ref');
  }

  /** The primitive, with conversions of operands whose layout is not row-major. */
  #ready(
    kind: ConvolutionKind,
    shape: ConvolutionShape,
    descriptor: Address,
    frees: (() => void)[],
  ): Omit<Convolution, 'dispose'> {
    const call = this.#call;
    const primitive = this.#primitive(descriptor, frees);
    const dims = dimsOf(shape);
    let workBytes = 0;
    const operands = OPERANDS[kind].map((operand, i) => {
      const plain = this.#describe(dims[operand[0] as 'x' | 'w' | 'y'], 'plain', frees);
      const asked = call.query(descriptor, QUERIES[operand], 0) as Address;
      const outer = this.#memory(plain, frees);
      if (call.equal(plain, asked)) return { operand, inner: outer, outer };
      const inner = this.#memory(asked, frees);
      const offset = workBytes;
      workBytes += Math.ceil(Number(call.size(asked)) / LINE) * LINE;
      const [from, to] = i === 2 ? [inner, outer] : [outer, inner];
      const conversion = made(
        call.createReorder,
        'prepares a change of layout',
        ...(i === 2 ? [asked, this.#engine, plain] : [plain, this.#engine, asked]),
        this.#engine,
        null,
      );
      frees.push(() => call.freeDescriptor(conversion));
      const reorder = this.#primitive(conversion, frees);
      const list = listOf([
        [FROM, from],
        [TO, to],
      ]);
      const convert = (): void => status(call.execute, 'changes a layout', reorder, this.#stream, 2, list);
      return { operand, inner, outer, offset, convert };
    });
    const bias = shape.bias ? this.#memory(this.#describe([shape.w[0]!], 'plain', frees), frees) : undefined;
    const list = listOf([
      ...operands.map(({ operand, inner }) => [ARGUMENTS[operand], inner] as const),
      ...(bias === undefined ? [] : [[ARGUMENTS.bias, bias] as const]),
    ]);
    const point = (memory: Address, at: Address): void => status(call.point, 'is given memory', memory, at);
    return {
      workBytes,
      run: ([a, b], biasAt, result, work) => {
        for (const [i, at] of [a, b, result].entries()) {
          const { outer, inner, offset } = operands[i]!;
          point(outer, at);
          if (offset !== undefined) point(inner, work + BigInt(offset));
        }
        if (bias !== undefined) point(bias, biasAt!);
        for (const { convert } of operands.slice(0, 2)) convert?.();
        const count = list.byteLength / BYTES_PER_ARGUMENT;
        status(call.execute, 'computes a convolution', primitive, this.#stream, count, list);
        operands[2]!.convert?.();
        status(call.wait, 'waits for a result', this.#stream);
      },
    };
  }

  #describe(dims: readonly number[], layout: ConvolutionLayout, frees: (() => void)[]): Handle {
    const handle = this.#abi.describe(dims, layout);
    frees.push(() => this.#abi.freeDescription(handle));
    return handle;
  }

  #memory(description: Handle, frees: (() => void)[]): Address {
    const memory = made(this.#call.createMemory, 'describes memory', description, this.#engine, null);
    frees.push(() => this.#call.freeMemory(memory));
    return memory;
  }

  #primitive(descriptor: Address, frees: (() => void)[]): Address {
    const primitive = made(this.#call.createPrimitive, 'prepares a kernel', descriptor);
    frees.push(() => this.#call.freePrimitive(primitive));
    return primitive;
  }

  #clipTo([min, max]: readonly [number, number], frees: (() => void)[]): Address {
    const call = this.#call;
    const attr = made(call.createAttr, 'creates attributes');
    frees.push(() => call.freeAttr(attr));
    const postOps = made(call.createPostOps, 'creates an activation');
    frees.push(() => call.freePostOps(postOps));
    status((...args) => this.#abi.appendClip(postOps, ...(args as [number, number])), 'adds a clip', min, max);
    status(call.setPostOps, 'adds an activation', attr, postOps);
    return attr;
  }
}

/** Buffers of layouts are aligned to it. */
const LINE = 64;

/** Grouped weights have their groups as a dimension. */
function dimsOf({ x, w, y, groups }: ConvolutionShape): Readonly<Record<'x' | 'w' | 'y', readonly number[]>> {
  return { x, y, w: groups === 1 ? w : [groups, w[0]! / groups, ...w.slice(1)] };
}

/** An array of `dnnl_exec_arg_t { int arg; dnnl_memory_t memory; }`. */
function listOf(args: readonly (readonly [argument: number, memory: Address])[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(args.length * BYTES_PER_ARGUMENT));
  for (const [i, [argument, memory]] of args.entries()) {
    bytes.setInt32(i * BYTES_PER_ARGUMENT, argument, true);
    bytes.setBigUint64(i * BYTES_PER_ARGUMENT + 8, memory, true);
  }
  return new Uint8Array(bytes.buffer);
}

/** Functions that are the same in both versions. */
const FUNCTIONS = {
  createEngine: 'int dnnl_engine_create(_Out_ void **engine, int kind, size_t index)',
  createStream: 'int dnnl_stream_create(_Out_ void **stream, void *engine, uint flags)',
  wait: 'int dnnl_stream_wait(void *stream)',
  createPrimitive: 'int dnnl_primitive_create(_Out_ void **primitive, void *descriptor)',
  freePrimitive: 'int dnnl_primitive_destroy(void *primitive)',
  freeDescriptor: 'int dnnl_primitive_desc_destroy(void *descriptor)',
  query: 'void *dnnl_primitive_desc_query_md(void *descriptor, int what, int index)',
  equal: 'int dnnl_memory_desc_equal(void *a, void *b)',
  size: 'size_t dnnl_memory_desc_get_size(void *description)',
  ask: 'int dnnl_primitive_desc_query(void *descriptor, int what, int index, _Out_ str *text)',
  createMemory: 'int dnnl_memory_create(_Out_ void **memory, void *description, void *engine, void *handle)',
  point: 'int dnnl_memory_set_data_handle(void *memory, void *handle)',
  freeMemory: 'int dnnl_memory_destroy(void *memory)',
  createReorder:
    'int dnnl_reorder_primitive_desc_create(_Out_ void **descriptor, void *from, void *fromEngine, void *to, void *toEngine, void *attr)',
  execute: 'int dnnl_primitive_execute(void *primitive, void *stream, int count, void *args)',
  createAttr: 'int dnnl_primitive_attr_create(_Out_ void **attr)',
  freeAttr: 'int dnnl_primitive_attr_destroy(void *attr)',
  createPostOps: 'int dnnl_post_ops_create(_Out_ void **postOps)',
  freePostOps: 'int dnnl_post_ops_destroy(void *postOps)',
  setPostOps: 'int dnnl_primitive_attr_set_post_ops(void *attr, void *postOps)',
} as const;
