import type { AnyOp } from '../index.ts';
import * as ops from '../ops/index.ts';

const isOp = (value: unknown): value is AnyOp => typeof value === 'object' && value !== null && 'infer' in value;

/** Every op record of the tensor package. */
export const allOps = (): AnyOp[] => Object.values<unknown>(ops).filter(isOp);
