import type { Conv2dAttrs, Pool2dAttrs, Shape } from '@graft/tensor';
import type { Dimension } from '../export-inputs.ts';
import { type ExportCall, type ExportContext, type OnnxExporter, requireOpset } from '../exporter.ts';

/** Window attributes by their ONNX names. */
const windows = ({
  stride,
  padding,
  dilation,
}: Pick<Conv2dAttrs, 'stride' | 'padding' | 'dilation'>): Record<string, readonly number[]> => ({
  strides: stride,
  pads: padding,
  dilations: dilation,
});

const spatial = (shape: readonly Dimension[]): number[] =>
  shape.slice(2).map((dim) => {
    if (typeof dim === 'string')
      throw new Error('a transposed convolution of an image with a dynamic size cannot be exported.');
    return dim;
  });

function conv({ inputs, attrs, output }: ExportCall<Conv2dAttrs>, context: ExportContext): void {
  context.node(
    'Conv',
    inputs.map((input) => input.name),
    { kernel_shape: spatial(inputs[1]!.shape), ...windows(attrs), group: attrs.groups },
    output.name,
  );
}

/** A convolution's gradient with respect to its input is a transposed convolution. */
function convTranspose(
  { inputs, attrs, output }: ExportCall<Conv2dAttrs & { inputShape: Shape }>,
  context: ExportContext,
): void {
  const kernel = spatial(inputs[1]!.shape);
  const { stride, padding, dilation, groups } = attrs;
  const from = spatial(inputs[0]!.shape);
  // The remainder that strides leave at the end of the image.
  const extra = spatial(output.shape).map(
    (length, i) =>
      length - (stride[i]! * (from[i]! - 1) + (kernel[i]! - 1) * dilation[i]! + 1 - padding[i]! - padding[i + 2]!),
  );
  context.node(
    'ConvTranspose',
    inputs.map((input) => input.name),
    { kernel_shape: kernel, ...windows(attrs), group: groups, output_padding: extra },
    output.name,
  );
}

const pool = (name: string, opType: string): OnnxExporter => ({
  name,
  write({ inputs: [x], attrs, output }: ExportCall<Pool2dAttrs>, context) {
    const { kernel, ceilMode, countIncludePad, dilation } = attrs;
    if (ceilMode) requireOpset(context, 10, `${opType} with ceil_mode`);
    const dilated = dilation.some((step) => step > 1);
    if (dilated) requireOpset(context, opType === 'MaxPool' ? 10 : 19, `${opType} with dilation`);
    const { dilations, ...others } = windows(attrs);
    context.node(
      opType,
      [x!.name],
      {
        kernel_shape: kernel,
        ...others,
        ...(dilated && { dilations: dilations! }),
        ...(ceilMode && { ceil_mode: 1 }),
        ...(opType === 'AveragePool' && { count_include_pad: Number(countIncludePad) }),
      },
      output.name,
    );
  },
});

export const convolutionExporters: readonly OnnxExporter[] = [
  { name: 'conv2d', write: conv },
  { name: 'conv2dInputGrad', followsSizes: true, write: convTranspose },
  pool('maxPool2d', 'MaxPool'),
  pool('avgPool2d', 'AveragePool'),
];
