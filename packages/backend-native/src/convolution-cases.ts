import type { WasmBuffer } from '@graft/backend-wasm';
import { type Operand, type Shape, sizeOf, type TensorSpec } from '@graft/tensor';
import type { Candidate, Cases, NativeParts } from './chain-kernels.ts';
import type { ConvolutionKind, ConvolutionLayout, ConvolutionShape } from './one-dnn.ts';

/** Attributes of the three convolution ops and of the one with an activation, as their records say. */
interface Attrs {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly inputShape?: Shape;
  readonly kernelShape?: Shape;
  readonly activation?: string;
  readonly min?: number;
  readonly max?: number;
}

const LAYOUTS: readonly ConvolutionLayout[] = ['plain', 'blocked'];

/** Convolutions and their gradients by oneDNN, and those with a 1×1 kernel by CBLAS. */
export function convolutionCases(parts: NativeParts): readonly Cases[] {
  const { blas, oneDnn } = parts;
  if (!blas && !oneDnn) return [];
  const cases = (op: string, kind: ConvolutionKind): Cases => ({
    op,
    key: (_, { stride, padding, dilation, groups, inputShape, kernelShape, activation, min, max }: Attrs) =>
      activation !== undefined && activation !== 'clip'
        ? undefined
        : [stride, padding, dilation, groups, inputShape ?? kernelShape ?? [], activation ? [min, max] : []]
            .map(String)
            .join(' '),
    work(inputs, attrs: Attrs, out) {
      const { w, y } = shapeOf(kind, inputs, attrs, out);
      return sizeOf(y) * sizeOf(w.slice(1));
    },
    candidates(inputs, attrs: Attrs, out) {
      const shape = shapeOf(kind, inputs, attrs, out);
      const pointwise = pointwiseByBlas(parts, kind, shape);
      return [
        ...LAYOUTS.flatMap((layout) => byOneDnn(parts, kind, shape, layout) ?? []),
        ...(pointwise ? [pointwise] : []),
      ];
    },
  });
  return [
    cases('conv2d', 'forward'),
    cases('activatedConv2d', 'forward'),
    cases('conv2dInputGrad', 'inputGrad'),
    cases('conv2dWeightGrad', 'weightGrad'),
  ];
}

function shapeOf(
  kind: ConvolutionKind,
  [a, b, bias]: readonly Operand<WasmBuffer>[],
  { stride, padding, dilation, groups, inputShape, kernelShape, activation, min, max }: Attrs,
  out: TensorSpec,
): ConvolutionShape {
  return {
    x: kind === 'inputGrad' ? inputShape! : a!.shape,
    w: kind === 'weightGrad' ? kernelShape! : b!.shape,
    y: kind === 'forward' ? out.shape : kind === 'inputGrad' ? a!.shape : b!.shape,
    stride,
    padding,
    dilation,
    groups,
    bias: kind === 'forward' && bias !== undefined,
    ...(activation !== undefined && { clip: [min!, max!] as const }),
  };
}

function byOneDnn(
  { backend, oneDnn, address }: NativeParts,
  kind: ConvolutionKind,
  shape: ConvolutionShape,
  layout: ConvolutionLayout,
): Candidate | undefined {
  const convolution = oneDnn?.convolution(kind, shape, layout);
  if (!convolution) return undefined;
  const floats = Math.ceil(convolution.workBytes / 4);
  return {
    name: `onednn-${layout}`,
    run([a, b, bias], result) {
      const work = floats ? backend.allocate!({ shape: [floats], dtype: 'float32' }) : undefined;
      try {
        convolution.run(
          [address(a!.data), address(b!.data)],
          bias && address(bias.data),
          address(result),
          work ? address(work) : 0n,
        );
      } finally {
        if (work) backend.release(work);
      }
    },
    dispose: () => convolution.dispose(),
  };
}

/** A convolution with a 1×1 kernel is one matrix product for each image. */
function pointwiseByBlas(
  { backend, blas, address }: NativeParts,
  kind: ConvolutionKind,
  { x, w, y, stride, padding, groups, clip }: ConvolutionShape,
): Candidate | undefined {
  const isPointwise =
    groups === 1 && w[2] === 1 && w[3] === 1 && [...stride].every((s) => s === 1) && padding.every((p) => p === 0);
  if (!blas || !isPointwise || clip) return undefined;
  const [n, c, k, pixels] = [x[0]!, x[1]!, w[0]!, y[2]! * y[3]!];
  const [stepX, stepY] = [c * pixels * 4, k * pixels * 4];
  const at = (buffer: WasmBuffer, bytes: number): bigint => address(buffer) + BigInt(bytes);
  const flags = { transposeA: false, transposeB: false };
  return {
    name: 'cblas',
    run([a, b, bias], result) {
      if (bias) fillPlanes(backend, bias, result, n, pixels);
      for (let i = 0; i < n; i++)
        if (kind === 'forward')
          blas.gemm({
            ...flags,
            m: k,
            n: pixels,
            k: c,
            a: at(b!.data, 0),
            b: at(a!.data, i * stepX),
            c: at(result, i * stepY),
            add: bias !== undefined,
          });
        else if (kind === 'inputGrad')
          blas.gemm({
            ...flags,
            transposeA: true,
            m: c,
            n: pixels,
            k,
            a: at(b!.data, 0),
            b: at(a!.data, i * stepY),
            c: at(result, i * stepX),
          });
        else
          blas.gemm({
            ...flags,
            transposeB: true,
            m: k,
            n: c,
            k: pixels,
            a: at(b!.data, i * stepY),
            b: at(a!.data, i * stepX),
            c: at(result, 0),
            add: i > 0,
          });
    },
  };
}

/** Writes each channel's bias into all its pixels. */
function fillPlanes(
  { view }: NativeParts['backend'],
  bias: Operand<WasmBuffer>,
  result: WasmBuffer,
  n: number,
  pixels: number,
): void {
  const values = view!(bias.data, bias);
  const planes = view!(result, { shape: [n * values.length * pixels], dtype: 'float32' });
  for (let plane = 0; plane < n * values.length; plane++)
    planes.fill(values[plane % values.length] as never, plane * pixels, (plane + 1) * pixels);
}
