import type { Pool2dAttrs, Shape } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/**
 * A pooling as a convolution with one filter a channel. The padding behind the image is what the last window needs: more than the op's
 * own with `ceilMode`, less where windows stop early.
 */
function poolShape(x: Shape, y: Shape, { kernel: [kh, kw], stride: [sh, sw], padding: [top, left] }: Pool2dAttrs): number[] {
  const [, c, h, w] = x as [number, number, number, number];
  const [oh, ow] = [y[2]!, y[3]!];
  const bottom = Math.max(0, (oh - 1) * sh + kh - h - top);
  const right = Math.max(0, (ow - 1) * sw + kw - w - left);
  return [...x, c, kh, kw, oh, ow, sh, sw, top, left, bottom, right, 1, 1, c];
}

/** Pooling over windows; dilated windows are the reference's. */
export function pooling(engine: Engine): KernelEntries {
  const { kernels } = engine;
  const isOwn = ({ dilation }: Pool2dAttrs): boolean => dilation[0] === 1 && dilation[1] === 1;
  return [
    ['maxPool2d', ([x], attrs: Pool2dAttrs, out) => {
      if (!allFloat32([x!]) || !isOwn(attrs)) return undefined;
      const y = engine.output(out);
      kernels.maxPool2d(engine.plan(poolShape(x!.shape, out.shape, attrs)), x!.data.pointer, y.pointer);
      return y;
    }],
    ['maxPool2dGrad', ([g, x], attrs: Pool2dAttrs, out) => {
      if (!allFloat32([g!, x!]) || !isOwn(attrs)) return undefined;
      const dx = engine.output(out);
      kernels.maxPool2dGrad(engine.plan(poolShape(x!.shape, g!.shape, attrs)), g!.data.pointer, x!.data.pointer, dx.pointer);
      return dx;
    }],
    ['avgPool2d', ([x], attrs: Pool2dAttrs, out) => {
      if (!allFloat32([x!]) || !isOwn(attrs)) return undefined;
      const y = engine.output(out);
      kernels.avgPool2d(engine.plan(poolShape(x!.shape, out.shape, attrs)), x!.data.pointer, y.pointer, attrs.padding[2], attrs.padding[3], Number(attrs.countIncludePad));
      return y;
    }],
    ['avgPool2dGrad', ([g], attrs: Pool2dAttrs & { inputShape: Shape }, out) => {
      if (!allFloat32([g!]) || !isOwn(attrs)) return undefined;
      const dx = engine.output(out);
      kernels.avgPool2dGrad(engine.plan(poolShape(attrs.inputShape, g!.shape, attrs)), g!.data.pointer, dx.pointer, attrs.padding[2], attrs.padding[3], Number(attrs.countIncludePad));
      return dx;
    }],
  ];
}
