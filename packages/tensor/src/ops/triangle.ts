import { tensor, scalar } from '../create.ts';
import { showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { where } from './indexing.ts';

function triangle(name: string, x: Tensor, keeps: (distance: number) => boolean): Tensor {
  if (x.rank < 2) throw new Error(`${name} expects matrices, got ${showShape(x.shape)}.`);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const kept = Uint8Array.from({ length: rows * columns }, (_, i) =>
    Number(keeps((i % columns) - Math.floor(i / columns))),
  );
  return where(tensor(kept, { shape: [rows, columns], dtype: 'bool' }), x, scalar(0, x));
}

/** Matrices [..., m, n] with zeros below a diagonal. @param k the diagonal: 0 is the main one, 1 the one above */
export const triu = (x: Tensor, k = 0): Tensor => triangle('triu', x, (distance) => distance >= k);
/** Matrices [..., m, n] with zeros above a diagonal. @param k the diagonal: 0 is the main one, -1 the one below */
export const tril = (x: Tensor, k = 0): Tensor => triangle('tril', x, (distance) => distance <= k);
