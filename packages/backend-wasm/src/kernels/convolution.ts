import type { Conv2dAttrs, Shape } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries, KernelOptions } from './index.ts';

/** The fields of assembly/conv/shape.ts in their order. */
export function convShape(x: Shape, kernel: Shape, y: Shape, { stride, padding, dilation, groups }: Conv2dAttrs): number[] {
  return [...x, kernel[0]!, kernel[2]!, kernel[3]!, y[2]!, y[3]!, ...stride, ...padding, ...dilation, groups];
}

/** From so many channels and tiles on, the transforms cost less than they save. */
const WINOGRAD_CHANNELS = 8;
const WINOGRAD_TILES = 16;

/** Whether Winograd's method serves a convolution, and is the faster. */
function isForWinograd([n, c]: Shape, kernel: Shape, out: Shape, { stride, padding, dilation, groups }: Conv2dAttrs): boolean {
  const [k, , kh, kw] = kernel as [number, number, number, number];
  const tiles = n! * Math.ceil(out[2]! / 4) * Math.ceil(out[3]! / 4);
  return groups === 1 && kh === 3 && kw === 3 && [...stride, ...dilation].every((step) => step === 1) && padding.every((p) => p <= 2)
    && Math.min(c!, k) >= WINOGRAD_CHANNELS && tiles >= WINOGRAD_TILES;
}

/** conv2d and both its gradients; the path is chosen by shape alone, so that the same call always rounds in the same way. */
export function convolution(engine: Engine, { winograd = true }: KernelOptions): KernelEntries {
  const { kernels } = engine;
  const isDepthwise = (kernel: Shape, { groups }: Conv2dAttrs): boolean => groups > 1 && kernel[1] === 1;
  /** The kernel covers the whole image once: a matrix product of [n, inputs] and [k, inputs]. */
  const product = (x: Shape, kernel: Shape, { padding, groups }: Conv2dAttrs): { n: number; k: number; inputs: number } | undefined =>
    groups === 1 && padding.every((p) => p === 0) && kernel[2] === x[2] && kernel[3] === x[3]
      ? { n: x[0]!, k: kernel[0]!, inputs: x[1]! * x[2]! * x[3]! }
      : undefined;

  return [
    ['conv2d', ([x, w, bias], attrs: Conv2dAttrs, out) => {
      if (!allFloat32(bias ? [x!, w!, bias] : [x!, w!])) return undefined;
      const y = engine.output(out);
      const [xp, wp, bp] = [x!.data.pointer, w!.data.pointer, bias?.data.pointer ?? 0];
      const dense = product(x!.shape, w!.shape, attrs);
      if (dense) {
        const { n, k, inputs } = dense;
        kernels.matmul(xp, inputs, 1, wp, 1, inputs, y.pointer, n, k, inputs);
        if (bias) kernels.binaryAdd(engine.plan([k, 0, 1, n, k * 4, 0]), y.pointer, bp, y.pointer);
        return y;
      }
      const shape = engine.plan(convShape(x!.shape, w!.shape, out.shape, attrs));
      const run = isDepthwise(w!.shape, attrs) ? kernels.depthwise
        : winograd && isForWinograd(x!.shape, w!.shape, out.shape, attrs) ? kernels.winogradForward
        : kernels.conv2d;
      run(shape, xp, wp, bp, y.pointer);
      return y;
    }],
    ['conv2dInputGrad', ([g, w], attrs: Conv2dAttrs & { inputShape: Shape }, out) => {
      if (!allFloat32([g!, w!])) return undefined;
      const dx = engine.output(out);
      const [gp, wp] = [g!.data.pointer, w!.data.pointer];
      const dense = product(attrs.inputShape, w!.shape, attrs);
      if (dense) {
        const { n, k, inputs } = dense;
        kernels.matmul(gp, k, 1, wp, inputs, 1, dx.pointer, n, inputs, k);
        return dx;
      }
      const shape = engine.plan(convShape(attrs.inputShape, w!.shape, g!.shape, attrs));
      const run = isDepthwise(w!.shape, attrs) ? kernels.depthwiseInputGrad
        : winograd && isForWinograd(attrs.inputShape, w!.shape, attrs.inputShape, attrs) ? kernels.winogradInputGrad
        : kernels.conv2dInputGrad;
      run(shape, gp, wp, dx.pointer);
      return dx;
    }],
    ['conv2dWeightGrad', ([x, g], attrs: Conv2dAttrs & { kernelShape: Shape }, out) => {
      if (!allFloat32([x!, g!])) return undefined;
      const dw = engine.output(out);
      const [xp, gp] = [x!.data.pointer, g!.data.pointer];
      const dense = product(x!.shape, attrs.kernelShape, attrs);
      if (dense) {
        const { n, k, inputs } = dense;
        kernels.matmul(gp, 1, k, xp, inputs, 1, dw.pointer, k, inputs, n);
        return dw;
      }
      const shape = engine.plan(convShape(x!.shape, attrs.kernelShape, g!.shape, attrs));
      const run = isDepthwise(attrs.kernelShape, attrs) ? kernels.depthwiseWeightGrad
        : winograd && isForWinograd(x!.shape, attrs.kernelShape, g!.shape, attrs) ? kernels.winogradWeightGrad
        : kernels.conv2dWeightGrad;
      run(shape, xp, gp, dw.pointer);
      return dw;
    }],
  ];
}
