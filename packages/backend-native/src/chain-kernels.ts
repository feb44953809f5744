import type { WasmBackend, WasmBuffer, WasmKernel } from '@graft/backend-wasm';
import { addKernel, type Operand, sizeOf, type TensorSpec } from '@graft/tensor';
import type { Address, Blas } from './blas.ts';
import { convolutionCases } from './convolution-cases.ts';
import type { KernelChoice } from './kernel-choice.ts';
import { matmulCases } from './matmul-cases.ts';
import type { OneDnn } from './one-dnn.ts';

/** What cases of native kernels are built from. */
export interface NativeParts {
  readonly backend: Pick<WasmBackend, 'kernels' | 'view' | 'allocate' | 'release'>;
  readonly blas?: Blas | undefined;
  readonly oneDnn?: OneDnn | undefined;
  /** Where a buffer's bytes are in the process. */
  address(buffer: WasmBuffer): Address;
}

/** A native kernel for one op, shape and attributes. */
export interface Candidate {
  readonly name: string;
  /** Writes the result. @throws if the library reports an error */
  run(inputs: readonly Operand<WasmBuffer>[], result: WasmBuffer): void;
  dispose?(): void;
}

/** The native kernels for one op. */
export interface Cases {
  readonly op: string;
  /** What, apart from the inputs' shapes, distinguishes cases; undefined if no native kernel supports the call. */
  key(inputs: readonly Operand<WasmBuffer>[], attrs: never, out: TensorSpec): string | undefined;
  /** Multiply-adds of a case. */
  work(inputs: readonly Operand<WasmBuffer>[], attrs: never, out: TensorSpec): number;
  candidates(inputs: readonly Operand<WasmBuffer>[], attrs: never, out: TensorSpec): readonly Candidate[];
}

/** How kernels of native libraries are chained in front of a backend's own. */
export interface ChainOptions {
  readonly choice: KernelChoice;
  /** Multiply-adds below which the backend's own kernel runs without comparison: a call into a library costs microseconds. */
  readonly leastWork: number;
  /** Called with a sentence if a library reports an error; its kernel is then not used for the case again. */
  readonly onError: (message: string) => void;
}

/** Maximum number of prepared cases: those of several networks. The oldest are freed first. */
const MOST_CASES = 1024;
/** The kernel of the backend itself. */
const OWN = 'wasm';

/**
 * Puts native kernels in front of a backend's own. Returns a function that frees what was prepared.
 * A native kernel never replaces the one behind it, which computes every case that is unsupported, small or faster there.
 */
export function chainKernels(parts: NativeParts, options: ChainOptions): () => void {
  const prepared = new Map<string, Candidate | undefined>();
  const { kernels } = parts.backend;
  for (const cases of [...matmulCases(parts), ...convolutionCases(parts)]) {
    const own = kernels.get(cases.op);
    if (own) addKernel({ kernels }, cases.op, chained(parts, cases, own, prepared, options));
  }
  return () => {
    for (const candidate of prepared.values()) candidate?.dispose?.();
    prepared.clear();
  };
}

function chained(
  { backend }: NativeParts,
  cases: Cases,
  own: WasmKernel,
  prepared: Map<string, Candidate | undefined>,
  { choice, leastWork, onError }: ChainOptions,
): WasmKernel {
  const compute = (candidate: Candidate, inputs: readonly Operand<WasmBuffer>[], out: TensorSpec): WasmBuffer => {
    const result = backend.allocate!(out);
    try {
      candidate.run(inputs, result);
      return result;
    } catch (error) {
      backend.release(result);
      throw error;
    }
  };
  const choose = (
    key: string,
    inputs: readonly Operand<WasmBuffer>[],
    attrs: never,
    out: TensorSpec,
  ): Candidate | undefined => {
    const working: Candidate[] = [];
    let possible: readonly Candidate[] = [];
    try {
      possible = cases.candidates(inputs, attrs, out);
    } catch (error) {
      onError((error as Error).message);
    }
    for (const candidate of possible)
      try {
        backend.release(compute(candidate, inputs, out));
        working.push(candidate);
      } catch (error) {
        onError((error as Error).message);
        candidate.dispose?.();
      }
    if (working.length === 0) return undefined;
    const measure = (name: string): number => {
      const candidate = working.find((each) => each.name === name);
      const start = performance.now();
      const result = candidate ? compute(candidate, inputs, out) : own(inputs, attrs, out);
      const milliseconds = performance.now() - start;
      if (result) backend.release(result);
      return result ? milliseconds : Number.POSITIVE_INFINITY;
    };
    const name = choice.choose(key, [OWN, ...working.map((each) => each.name)], measure);
    for (const candidate of working) if (candidate.name !== name) candidate.dispose?.();
    return working.find((candidate) => candidate.name === name);
  };
  return (inputs, anyAttrs, out) => {
    const attrs = anyAttrs as never; // each case knows those of its op
    if (!inputs.every(({ dtype, shape }) => dtype === 'float32' && sizeOf(shape) > 0) || sizeOf(out.shape) === 0)
      return undefined;
    const rest = cases.key(inputs, attrs, out);
    if (rest === undefined || cases.work(inputs, attrs, out) < leastWork) return undefined;
    const key = `${cases.op} ${inputs.map(({ shape }) => shape.join('×')).join(' ')} ${rest}`;
    if (!prepared.has(key)) {
      if (prepared.size >= MOST_CASES) {
        const [oldest, candidate] = prepared.entries().next().value!;
        candidate?.dispose?.();
        prepared.delete(oldest);
      }
      prepared.set(key, choose(key, inputs, attrs, out));
    }
    const candidate = prepared.get(key);
    if (!candidate) return undefined;
    try {
      return compute(candidate, inputs, out);
    } catch (error) {
      onError((error as Error).message);
      candidate.dispose?.();
      prepared.set(key, undefined);
      return undefined;
    }
  };
}
