import { type BatchNormAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/** [batch, channels, ...] as batch, channels and elements of a plane. */
const planes = (shape: Shape): [n: number, c: number, p: number] => [shape[0]!, shape[1]!, sizeOf(shape.slice(2))];

/** Batch normalisation by channel, and its gradients. */
export function normalization(engine: Engine): KernelEntries {
  const { kernels } = engine;
  return [
    ['moments', ([x], _attrs, out) => {
      if (!allFloat32([x!])) return undefined;
      const y = engine.output(out);
      kernels.moments(x!.data.pointer, y.pointer, ...planes(x!.shape));
      return y;
    }],
    ['batchNorm', ([x, weight, bias, moments], { epsilon }: BatchNormAttrs, out) => {
      if (!allFloat32([x!, weight!, bias!, moments!])) return undefined;
      const y = engine.output(out);
      kernels.batchNorm(x!.data.pointer, weight!.data.pointer, bias!.data.pointer, moments!.data.pointer, y.pointer, ...planes(x!.shape), epsilon);
      return y;
    }],
    ['batchNormSums', ([g, x, moments], { epsilon }: BatchNormAttrs, out) => {
      if (!allFloat32([g!, x!, moments!])) return undefined;
      const y = engine.output(out);
      kernels.batchNormSums(g!.data.pointer, x!.data.pointer, moments!.data.pointer, y.pointer, ...planes(x!.shape), epsilon);
      return y;
    }],
    ['batchNormInputGrad', ([g, x, weight, moments, sums], { epsilon, training }: BatchNormAttrs, out) => {
      if (!allFloat32([g!, x!, weight!, moments!])) return undefined;
      const dx = engine.output(out);
      kernels.batchNormInputGrad(g!.data.pointer, x!.data.pointer, weight!.data.pointer, moments!.data.pointer, training ? sums!.data.pointer : 0, dx.pointer, ...planes(x!.shape), epsilon);
      return dx;
    }],
  ];
}
