import type { Kernel } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import type { WasmBuffer } from '../heap.ts';
import { attention } from './attention.ts';
import { comparison } from './comparison.ts';
import { convolution } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { matmul } from './matmul.ts';
import { movement } from './movement.ts';
import { normalization } from './normalization.ts';
import { pooling } from './pooling.ts';
import { reduction } from './reduction.ts';
import { softmax } from './softmax.ts';

/** A kernel of this backend. */
export type WasmKernel = Kernel<WasmBuffer>;
/** Op names and their kernels. */
export type KernelEntries = readonly (readonly [op: string, kernel: WasmKernel])[];

export interface KernelOptions {
  /** Whether 3×3 convolutions may use Winograd's method, which is up to three times as fast, with a relative error of 2e-6 instead of 3e-7. Default true. */
  readonly winograd?: boolean;
}

/** All kernels for an engine, by op name. */
export const kernelsOf = (engine: Engine, options: KernelOptions = {}): Map<string, WasmKernel> =>
  new Map([
    ...elementwise(engine),
    ...matmul(engine),
    ...convolution(engine, options),
    ...normalization(engine),
    ...pooling(engine),
    ...reduction(engine),
    ...softmax(engine),
    ...attention(engine),
    ...movement(engine),
    ...comparison(engine),
    ...indexing(engine),
  ]);
