import { type ActivatedConv2dAttrs, type Conv2dAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { exportName } from '../exports.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries, KernelOptions, WasmKernel } from './index.ts';
import { multiply } from './matmul.ts';

/** The fields of assembly/conv/shape.ts, in order. */
export function convShape(
  x: Shape,
  kernel: Shape,
  y: Shape,
  { stride, padding, dilation, groups }: Conv2dAttrs,
  activation: readonly number[] = [0, 0, 0],
): number[] {
  return [
    ...x,
    kernel[0]!,
    kernel[2]!,
    kernel[3]!,
    y[2]!,
    y[3]!,
    ...stride,
    ...padding,
    ...dilation,
    groups,
    ...activation,
  ];
}

const bits = new Float32Array(2);
/** The activation as the last fields of the shape: its number, and the bits of two floats. */
function activationOf({ activation, min, max }: ActivatedConv2dAttrs): number[] {
  bits.set([min, max]);
  return [activation === 'clip' ? 1 : 2, ...new Int32Array(bits.buffer)];
}

/** Numbers of channels and tiles from which the transforms pay off. */
const WINOGRAD_CHANNELS = 8;
const WINOGRAD_TILES = 16;

/** Whether Winograd's method supports a convolution and is faster. */
function isForWinograd(
  [n, c]: Shape,
  kernel: Shape,
  out: Shape,
  { stride, padding, dilation, groups }: Conv2dAttrs,
): boolean {
  const [k, , kh, kw] = kernel as [number, number, number, number];
  const tiles = n! * Math.ceil(out[2]! / 4) * Math.ceil(out[3]! / 4);
  return (
    groups === 1 &&
    kh === 3 &&
    kw === 3 &&
    [...stride, ...dilation].every((step) => step === 1) &&
    padding.every((p) => p <= 2) &&
    Math.min(c!, k) >= WINOGRAD_CHANNELS &&
    tiles >= WINOGRAD_TILES
  );
}

/** Parts of a sweep over elements start at whole pages. */
const PAGE = 1024;

/** Maximum number of floats in all partial sums of a weight gradient. */
const MOST_PARTIALS = 2 ** 20;
const MOST_WINOGRAD_PARTIALS = 2.5 * 2 ** 20;

/** Number of parts of a batch: 1, 2, 4 or 8, by the size of each part's sums. */
function partsOf(n: number, size: number, most: number): number {
  let parts = 8;
  while (parts > 1 && (parts > n || parts * size > most)) parts /= 2;
  return parts;
}

/** conv2d and both its gradients; the path is chosen by shape alone, so the same call always rounds identically. */
export function convolution(engine: Engine, { winograd = true }: KernelOptions): KernelEntries {
  const { kernels } = engine;
  /** Filters and pixels that are multiplied together. */
  const [rows, columns] = [kernels.panelRows(), kernels.panelColumns()];
  /** Estimated nanoseconds of a convolution in one thread. */
  const work = (kernel: Shape, y: Shape): number => sizeOf(y) * sizeOf(kernel.slice(1)) * 0.04;
  const isDepthwise = (kernel: Shape, { groups }: Conv2dAttrs): boolean => groups > 1 && kernel[1] === 1;
  /** The kernel covers the whole image once: a matrix product of [n, inputs] and [k, inputs]. */
  const product = (
    x: Shape,
    kernel: Shape,
    { padding, groups }: Conv2dAttrs,
  ): { n: number; k: number; inputs: number } | undefined =>
    groups === 1 && padding.every((p) => p === 0) && kernel[2] === x[2] && kernel[3] === x[3]
      ? { n: x[0]!, k: kernel[0]!, inputs: x[1]! * x[2]! * x[3]! }
      : undefined;

  /** Transforms the weights, then the rest. `flip`: the input gradient. */
  const byWinograd = (
    shape: number,
    x: number,
    w: number,
    flip: number,
    bias: number,
    y: number,
    kernel: Shape,
    nanoseconds: number,
  ): void => {
    const filters = flip ? kernel[1]! : kernel[0]!;
    engine.borrow(kernels.winogradPacked(shape, flip) >>> 0, (packed) => {
      engine.run('winogradPack', Math.ceil(filters / rows), kernel[0]! * kernel[1]! * 15, [shape, w, flip, packed]);
      engine.run('winograd', kernels.winogradUnits(shape, flip), nanoseconds / 3, [shape, x, packed, flip, bias, y]);
    });
  };
  /**
   * A weight gradient is split by parts of the batch, whose sums are added in order, and by columns. Parts depend only on the shape;
   * if the sums are large there is only one, and every thread prepares the output's gradient itself.
   */
  const weightGrad = (
    shape: number,
    x: number,
    g: number,
    dw: number,
    n: number,
    kernel: Shape,
    groups: number,
    nanoseconds: number,
  ): void => {
    const size = sizeOf(kernel);
    const parts = partsOf(n, size, MOST_PARTIALS);
    const units = groups * Math.ceil(sizeOf(kernel.slice(1)) / columns);
    const run = (out: number): void =>
      engine.runSteps('conv2dWeightGrad', parts * units, nanoseconds, [shape, x, g, out, parts], stepOf(parts, units));
    if (parts === 1) return run(dw);
    engine.borrow(parts * size * 4, (partials) => {
      run(partials);
      engine.run('addPartials', size, parts * size * 0.2, [partials, parts, size, dw], 1024);
    });
  };
  const weightGradByWinograd = (
    shape: number,
    x: number,
    g: number,
    dw: number,
    kernel: Shape,
    nanoseconds: number,
  ): void => {
    const bytes = kernels.winogradWeightGradBytes(shape) >>> 0;
    const parts = partsOf(kernels.winogradWeightGradBlocks(shape), bytes / 4, MOST_WINOGRAD_PARTIALS);
    const units = Math.ceil(kernel[1]! / columns);
    engine.borrow(parts * bytes, (sums) => {
      engine.runSteps(
        'winogradWeightGrad',
        parts * units,
        nanoseconds / 3,
        [shape, x, g, sums, parts],
        stepOf(parts, units),
      );
      engine.run('winogradWeightGradFinish', kernel[0]!, parts * bytes * 0.1, [shape, sums, parts, dw]);
    });
  };
  /** Units of one part of a job: whole parts of the batch if there are enough for all threads. */
  const stepOf = (parts: number, units: number): number => Math.ceil(units / Math.ceil(engine.threads / parts));

  /** Inputs: images, weights, and optionally a bias. */
  const forward: WasmKernel = ([x, w, bias], attrs: Conv2dAttrs | ActivatedConv2dAttrs, out) => {
    if (!allFloat32(bias ? [x!, w!, bias] : [x!, w!])) return undefined;
    const y = engine.output(out);
    const [xp, wp, bp] = [x!.data.pointer, w!.data.pointer, bias?.data.pointer ?? 0];
    const dense = product(x!.shape, w!.shape, attrs);
    if (dense) {
      const { n, k, inputs } = dense;
      multiply(engine, xp, wp, y.pointer, {
        aRow: inputs,
        aColumn: 1,
        bRow: 1,
        bColumn: inputs,
        m: n,
        n: k,
        k: inputs,
      });
      if (bias)
        engine.run('binaryAdd', n, n * k * 0.3, [engine.plan([k, 0, 1, n, k * 4, 0]), y.pointer, bp, y.pointer]);
      if ('activation' in attrs)
        engine.run(
          exportName('unary', attrs.activation),
          n * k,
          n * k * 0.25,
          [y.pointer, y.pointer, attrs.min, attrs.max],
          PAGE,
        );
      return y;
    }
    const shape = engine.plan(
      convShape(x!.shape, w!.shape, out.shape, attrs, 'activation' in attrs ? activationOf(attrs) : undefined),
    );
    const nanoseconds = work(w!.shape, out.shape);
    if (isDepthwise(w!.shape, attrs))
      engine.run('depthwise', x!.shape[0]! * x!.shape[1]!, 2 * nanoseconds, [shape, xp, wp, bp, y.pointer]);
    else if (winograd && isForWinograd(x!.shape, w!.shape, out.shape, attrs))
      byWinograd(shape, xp, wp, 0, bp, y.pointer, w!.shape, nanoseconds);
    else
      engine.borrow(kernels.conv2dPacked(shape) * attrs.groups * 4, (packed) => {
        engine.run('conv2dPack', attrs.groups * Math.ceil(w!.shape[0]! / attrs.groups / rows), sizeOf(w!.shape), [
          shape,
          wp,
          packed,
        ]);
        engine.run('conv2d', kernels.conv2dUnits(shape), nanoseconds, [shape, xp, packed, bp, y.pointer]);
      });
    return y;
  };

  return [
    ['conv2d', forward],
    ['activatedConv2d', forward],
    [
      'conv2dInputGrad',
      ([g, w], attrs: Conv2dAttrs & { inputShape: Shape }, out) => {
        if (!allFloat32([g!, w!])) return undefined;
        const dx = engine.output(out);
        const [gp, wp] = [g!.data.pointer, w!.data.pointer];
        const dense = product(attrs.inputShape, w!.shape, attrs);
        if (dense) {
          const { n, k, inputs } = dense;
          multiply(engine, gp, wp, dx.pointer, { aRow: k, aColumn: 1, bRow: inputs, bColumn: 1, m: n, n: inputs, k });
          return dx;
        }
        const shape = engine.plan(convShape(attrs.inputShape, w!.shape, g!.shape, attrs));
        const nanoseconds = work(w!.shape, g!.shape);
        const [n, c] = attrs.inputShape as [number, number];
        if (isDepthwise(w!.shape, attrs))
          engine.run('depthwiseInputGrad', n * c, 2 * nanoseconds, [shape, gp, wp, dx.pointer]);
        else if (winograd && isForWinograd(attrs.inputShape, w!.shape, attrs.inputShape, attrs))
          byWinograd(shape, gp, wp, 1, 0, dx.pointer, w!.shape, nanoseconds);
        else
          engine.borrow(kernels.conv2dInputGradPacked(shape) * 4, (packed) => {
            engine.run('conv2dInputGradPack', attrs.groups * Math.ceil(c / attrs.groups / rows), 2 * sizeOf(w!.shape), [
              shape,
              wp,
              packed,
            ]);
            engine.run('conv2dInputGrad', kernels.conv2dInputGradUnits(shape), nanoseconds, [
              shape,
              gp,
              packed,
              dx.pointer,
            ]);
          });
        return dx;
      },
    ],
    [
      'conv2dWeightGrad',
      ([x, g], attrs: Conv2dAttrs & { kernelShape: Shape }, out) => {
        if (!allFloat32([x!, g!])) return undefined;
        const dw = engine.output(out);
        const [xp, gp] = [x!.data.pointer, g!.data.pointer];
        const dense = product(x!.shape, attrs.kernelShape, attrs);
        if (dense) {
          const { n, k, inputs } = dense;
          multiply(engine, gp, xp, dw.pointer, {
            aRow: 1,
            aColumn: k,
            bRow: inputs,
            bColumn: 1,
            m: k,
            n: inputs,
            k: n,
          });
          return dw;
        }
        const shape = engine.plan(convShape(x!.shape, attrs.kernelShape, g!.shape, attrs));
        const nanoseconds = work(attrs.kernelShape, g!.shape);
        if (isDepthwise(attrs.kernelShape, attrs))
          engine.run('depthwiseWeightGrad', x!.shape[1]!, 2 * nanoseconds, [shape, xp, gp, dw.pointer]);
        else if (winograd && isForWinograd(x!.shape, attrs.kernelShape, g!.shape, attrs))
          weightGradByWinograd(shape, xp, gp, dw.pointer, attrs.kernelShape, nanoseconds);
        else weightGrad(shape, xp, gp, dw.pointer, x!.shape[0]!, attrs.kernelShape, attrs.groups, nanoseconds);
        return dw;
      },
    ],
  ];
}
