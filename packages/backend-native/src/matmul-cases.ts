import { sizeOf } from '@graft/tensor';
import type { Cases, NativeParts } from './chain-kernels.ts';

/** How `matmul` reads its operands, as its op record says. */
interface Flags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Matrix products by CBLAS: one, a batch of them, or a batch on the left with one matrix on the right. */
export function matmulCases({ blas, address }: NativeParts): readonly Cases[] {
  if (!blas) return [];
  const cases: Cases = {
    op: 'matmul',
    key([a, b], { transposeA, transposeB }: Flags, out) {
      const batch = sizeOf(out.shape.slice(0, -2));
      const [atA, atB] = [a!, b!].map(({ shape }) => sizeOf(shape.slice(0, -2)));
      // Other broadcasts need an offset for each matrix; they are rare.
      if ((atA !== batch && atA !== 1) || (atB !== batch && atB !== 1)) return undefined;
      return `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
    },
    work: ([a], { transposeA }: Flags, out) => sizeOf(out.shape) * a!.shape.at(transposeA ? -2 : -1)!,
    candidates([a, b], { transposeA, transposeB }: Flags, out) {
      const [m, n] = out.shape.slice(-2) as [number, number];
      const k = a!.shape.at(transposeA ? -2 : -1)!;
      const batch = sizeOf(out.shape.slice(0, -2));
      const [isOneA, isOneB] = [a!, b!].map(({ shape }) => sizeOf(shape) === sizeOf(shape.slice(-2)));
      const isWhole = isOneB && !transposeA && !isOneA;
      const [count, rows] = isWhole ? [1, batch * m] : [batch, m];
      const [stepA, stepB, stepC] = [isOneA ? 0 : rows * k * 4, isOneB ? 0 : k * n * 4, rows * n * 4];
      return [
        {
          name: 'cblas',
          run([left, right], result) {
            const [aAt, bAt, cAt] = [address(left!.data), address(right!.data), address(result)];
            for (let i = 0; i < count; i++)
              blas.gemm({
                transposeA,
                transposeB,
                m: rows,
                n,
                k,
                a: aAt + BigInt(i * stepA),
                b: bAt + BigInt(i * stepB),
                c: cAt + BigInt(i * stepC),
              });
          },
        },
      ];
    },
  };
  return [cases];
}
