import { describe, expect, test } from 'vitest';
import { type AnyBackend, type AnyOp, add, full, js, scope, tensor, tensorPlugin, to } from '../index.ts';
import { describeOp } from './describe-op.ts';
import { samples } from './samples.ts';

/** Every op record of the tensor package. */
export const allOps = (): AnyOp[] =>
  tensorPlugin.contributes.filter(({ point }) => point.label === 'op').map(({ value }) => value as AnyOp);

/** Checks that a backend keeps its promises: every op, reading, writing, sharing and freeing. */
export function describeBackend(backend: AnyBackend): void {
  describe(`backend ${backend.name}`, () => {
    test('reads what was written', async () => {
      for (const x of [
        tensor([1, -2, 3.5]),
        tensor(new Float64Array([Math.PI])),
        tensor(BigInt64Array.of(2n ** 60n)),
        tensor([1, 0], { dtype: 'bool' }),
        tensor([0.5, -65504], { dtype: 'float16' }),
        tensor(new Float32Array(0)),
      ])
        expect(await to(x, backend).array()).toEqual(await x.array());
    });
    test('frees what a scope made', () => {
      const before = backend.memory?.();
      scope(() => void add(full([100], 1, { backend }), full([100], 2, { backend })));
      expect(backend.memory?.()).toEqual(before);
    });
    test('two backends do not mix', () => {
      if (backend === js) return;
      expect(() => add(tensor([1]), full([1], 1, { backend }))).toThrow(/model\.to\(backend\)/);
    });
    for (const op of allOps()) describeOp(op, samples[op.name] ?? [], backend);
  });
}
