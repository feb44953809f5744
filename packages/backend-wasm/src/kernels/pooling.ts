import { type Pool2dAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import type { KernelName } from '../exports.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/**
 * Describes pooling as a convolution with one filter per channel. The padding after the image is what the last window needs: more than the op's
 * own with `ceilMode`, less if windows stop early.
 */
function poolShape(
  x: Shape,
  y: Shape,
  { kernel: [kh, kw], stride: [sh, sw], padding: [top, left] }: Pool2dAttrs,
): number[] {
  const [, c, h, w] = x as [number, number, number, number];
  const [oh, ow] = [y[2]!, y[3]!];
  const bottom = Math.max(0, (oh - 1) * sh + kh - h - top);
  const right = Math.max(0, (ow - 1) * sw + kw - w - left);
  return [...x, c, kh, kw, oh, ow, sh, sw, top, left, bottom, right, 1, 1, c];
}

/** Pooling over windows; dilated windows are left to the reference. */
export function pooling(engine: Engine): KernelEntries {
  /** The units of all four are planes. */
  const run = (name: KernelName, [n, c]: Shape, y: Shape, { kernel }: Pool2dAttrs, args: readonly number[]): void =>
    engine.run(name, n! * c!, sizeOf(y) * (1 + 0.2 * kernel[0] * kernel[1]), args);
  const isOwn = ({ dilation }: Pool2dAttrs): boolean => dilation[0] === 1 && dilation[1] === 1;
  return [
    [
      'maxPool2d',
      ([x], attrs: Pool2dAttrs, out) => {
        if (!allFloat32([x!]) || !isOwn(attrs)) return undefined;
        const y = engine.output(out);
        run('maxPool2d', x!.shape, out.shape, attrs, [
          engine.plan(poolShape(x!.shape, out.shape, attrs)),
          x!.data.pointer,
          y.pointer,
        ]);
        return y;
      },
    ],
    [
      'maxPool2dGrad',
      ([g, x], attrs: Pool2dAttrs, out) => {
        if (!allFloat32([g!, x!]) || !isOwn(attrs)) return undefined;
        const dx = engine.output(out);
        run('maxPool2dGrad', x!.shape, g!.shape, attrs, [
          engine.plan(poolShape(x!.shape, g!.shape, attrs)),
          g!.data.pointer,
          x!.data.pointer,
          dx.pointer,
        ]);
        return dx;
      },
    ],
    [
      'avgPool2d',
      ([x], attrs: Pool2dAttrs, out) => {
        if (!allFloat32([x!]) || !isOwn(attrs)) return undefined;
        const y = engine.output(out);
        const plan = engine.plan(poolShape(x!.shape, out.shape, attrs));
        run('avgPool2d', x!.shape, out.shape, attrs, [
          plan,
          x!.data.pointer,
          y.pointer,
          attrs.padding[2],
          attrs.padding[3],
          Number(attrs.countIncludePad),
        ]);
        return y;
      },
    ],
    [
      'avgPool2dGrad',
      ([g], attrs: Pool2dAttrs & { inputShape: Shape }, out) => {
        if (!allFloat32([g!]) || !isOwn(attrs)) return undefined;
        const dx = engine.output(out);
        const plan = engine.plan(poolShape(attrs.inputShape, g!.shape, attrs));
        run('avgPool2dGrad', attrs.inputShape, g!.shape, attrs, [
          plan,
          g!.data.pointer,
          dx.pointer,
          attrs.padding[2],
          attrs.padding[3],
          Number(attrs.countIncludePad),
        ]);
        return dx;
      },
    ],
  ];
}
