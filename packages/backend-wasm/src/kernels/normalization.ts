import { type BatchNormAttrs, type LayerNormAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/** [batch, channels, ...] as batch, channels and elements of a plane. */
const planes = (shape: Shape): [n: number, c: number, p: number] => [shape[0]!, shape[1]!, sizeOf(shape.slice(2))];

/** [..., dims] as rows and their length. */
const rowsOf = (shape: Shape, dims: number): [rows: number, n: number] => [
  sizeOf(shape.slice(0, shape.length - dims)),
  sizeOf(shape.slice(shape.length - dims)),
];

/** Batch normalisation by channel, layer normalisation by row, and their gradients. */
export function normalization(engine: Engine): KernelEntries {
  return [
    [
      'moments',
      ([x], _attrs, out) => {
        if (!allFloat32([x!])) return undefined;
        const y = engine.output(out);
        const [n, c, p] = planes(x!.shape);
        engine.run('moments', c, sizeOf(x!.shape) * 0.1, [x!.data.pointer, y.pointer, n, c, p]);
        return y;
      },
    ],
    [
      'batchNorm',
      ([x, weight, bias, moments], { epsilon }: BatchNormAttrs, out) => {
        if (!allFloat32([x!, weight!, bias!, moments!])) return undefined;
        const y = engine.output(out);
        const [n, c, p] = planes(x!.shape);
        engine.run('batchNorm', p === 1 ? n : n * c, sizeOf(x!.shape) * 0.2, [
          x!.data.pointer,
          weight!.data.pointer,
          bias!.data.pointer,
          moments!.data.pointer,
          y.pointer,
          c,
          p,
          epsilon,
        ]);
        return y;
      },
    ],
    [
      'batchNormSums',
      ([g, x, moments], { epsilon }: BatchNormAttrs, out) => {
        if (!allFloat32([g!, x!, moments!])) return undefined;
        const y = engine.output(out);
        const [n, c, p] = planes(x!.shape);
        engine.run('batchNormSums', c, sizeOf(x!.shape) * 0.2, [
          g!.data.pointer,
          x!.data.pointer,
          moments!.data.pointer,
          y.pointer,
          n,
          c,
          p,
          epsilon,
        ]);
        return y;
      },
    ],
    [
      'batchNormInputGrad',
      ([g, x, weight, moments, sums], { epsilon, training }: BatchNormAttrs, out) => {
        if (!allFloat32([g!, x!, weight!, moments!])) return undefined;
        const dx = engine.output(out);
        const [n, c, p] = planes(x!.shape);
        const args = [
          g!.data.pointer,
          x!.data.pointer,
          weight!.data.pointer,
          moments!.data.pointer,
          training ? sums!.data.pointer : 0,
          dx.pointer,
          n,
          c,
          p,
          epsilon,
        ];
        engine.run('batchNormInputGrad', n * c, sizeOf(x!.shape) * 0.3, args);
        return dx;
      },
    ],
    [
      'standardize',
      ([x], { dims, epsilon }: LayerNormAttrs, out) => {
        if (!allFloat32([x!])) return undefined;
        const y = engine.output(out);
        const [rows, n] = rowsOf(out.shape, dims);
        engine.run('standardize', rows, rows * n * 0.3, [x!.data.pointer, y.pointer, n, epsilon]);
        return y;
      },
    ],
    [
      'standardizeGrad',
      ([g, x], { dims, epsilon }: LayerNormAttrs, out) => {
        if (!allFloat32([g!, x!])) return undefined;
        const dx = engine.output(out);
        const [rows, n] = rowsOf(out.shape, dims);
        engine.run('standardizeGrad', rows, rows * n * 0.5, [g!.data.pointer, x!.data.pointer, dx.pointer, n, epsilon]);
        return dx;
      },
    ],
  ];
}
