import { describe, expect, test } from 'vitest';
import { type AnyBackend, add, full, js, readAll, scope, tensor, to } from '../index.ts';
import { allOps } from './all-ops.ts';
import { describeOp } from './describe-op.ts';
import { samples } from './samples.ts';

/** Declares tests that every backend must pass: all ops, reading, writing, sharing and freeing. Gradients are composed of ops and checked once, on js. */
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
        expect(await (await to(x, backend)).array()).toEqual(await x.array());
    });
    test('reads several tensors at once, and moves them back to the host', async () => {
      const xs = [tensor([1, -2, 3.5]), tensor(BigInt64Array.of(2n ** 60n)), tensor([1, 0], { dtype: 'bool' })];
      const there = await Promise.all(xs.map((x) => to(x, backend)));
      expect(await readAll([...there, xs[0]!])).toEqual(await readAll([...xs, xs[0]!]));
      for (const [i, x] of there.entries()) expect(await (await to(x, js)).array()).toEqual(await xs[i]!.array());
    });
    test('reads the values as of the call', async () => {
      const x = full([3], 2, { backend });
      const reading = x.array();
      x.dispose();
      full([3], 7, { backend }).dispose();
      expect([...(await reading)]).toEqual([2, 2, 2]);
    });
    test('frees the tensors of a scope', () => {
      const before = backend.memory?.();
      scope(() => void add(full([100], 1, { backend }), full([100], 2, { backend })));
      expect(backend.memory?.()).toEqual(before);
    });
    test('tensors of two backends do not mix', () => {
      if (backend === js) return;
      expect(() => add(tensor([1]), full([1], 1, { backend }))).toThrow(/model\.to\(backend\)/);
    });
    for (const op of allOps()) describeOp(op, samples[op.name] ?? [], backend, { gradients: backend === js });
  });
}
