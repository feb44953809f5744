import { type AnyOp, tensorPlugin } from '../index.ts';

/** Every op record of the tensor package. */
export const allOps = (): AnyOp[] =>
  tensorPlugin.contributes.filter(({ point }) => point.label === 'op').map(({ value }) => value as AnyOp);
