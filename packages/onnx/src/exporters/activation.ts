import type { ClipAttrs, HardSigmoidAttrs } from '@graft/tensor';
import { type ExportCall, type ExportContext, type OnnxExporter, requireOpset } from '../exporter.ts';
import { type AttributeValue, float } from '../proto/write.ts';

const scalar = (context: ExportContext, value: number): string =>
  context.constant({ shape: [], dtype: 'float32', data: Float32Array.of(value) });

/** One operator with attributes. */
const direct = (
  name: string,
  opType: string,
  attributes: (attrs: never) => Record<string, AttributeValue> = () => ({}),
): OnnxExporter => ({
  name,
  write: ({ inputs: [x], attrs, output }: ExportCall, context) =>
    void context.node(opType, [x!.name], attributes(attrs as never), output.name),
});

/** Normalises along an axis; before version 13, over all axes from it, which is the same for the last axis. */
const alongAxis = (name: string, opType: string): OnnxExporter => ({
  name,
  write({ inputs: [x], attrs: { axis }, output }: ExportCall<{ axis: number }>, context) {
    if (axis !== x!.shape.length - 1) requireOpset(context, 13, `${opType} along axis ${axis}`);
    context.node(opType, [x!.name], { axis }, output.name);
  },
});

export const activationExporters: readonly OnnxExporter[] = [
  direct('relu', 'Relu'),
  direct('sigmoid', 'Sigmoid'),
  direct('tanh', 'Tanh'),
  direct('softplus', 'Softplus'),
  direct('leakyRelu', 'LeakyRelu', ({ alpha }: { alpha: number }) => ({ alpha: float(alpha) })),
  direct('elu', 'Elu', ({ alpha }: { alpha: number }) => ({ alpha: float(alpha) })),
  direct('hardSigmoid', 'HardSigmoid', ({ alpha, beta }: HardSigmoidAttrs) => ({
    alpha: float(alpha),
    beta: float(beta),
  })),
  alongAxis('softmax', 'Softmax'),
  alongAxis('logSoftmax', 'LogSoftmax'),
  {
    name: 'silu',
    write: ({ inputs: [x], output }, context) =>
      void context.node('Mul', [x!.name, context.node('Sigmoid', [x!.name])], {}, output.name),
  },
  {
    name: 'hardSwish',
    write({ inputs: [x], output }, context) {
      if (context.opset >= 14) context.node('HardSwish', [x!.name], {}, output.name);
      else
        context.node(
          'Mul',
          [x!.name, context.node('HardSigmoid', [x!.name], { alpha: float(1 / 6), beta: float(0.5) })],
          {},
          output.name,
        );
    },
  },
  {
    name: 'gelu',
    write({ inputs: [x], output }, context) {
      if (context.opset >= 20) return void context.node('Gelu', [x!.name], {}, output.name);
      requireOpset(context, 9, 'Erf');
      const inside = context.node('Add', [
        context.node('Erf', [context.node('Mul', [x!.name, scalar(context, Math.SQRT1_2)])]),
        scalar(context, 1),
      ]);
      context.node('Mul', [context.node('Mul', [x!.name, scalar(context, 0.5)]), inside], {}, output.name);
    },
  },
  {
    name: 'clip',
    write({ inputs: [x], attrs: { min, max }, output }: ExportCall<ClipAttrs>, context) {
      if (context.opset < 11)
        return void context.node(
          'Clip',
          [x!.name],
          { ...(Number.isFinite(min) && { min: float(min) }), ...(Number.isFinite(max) && { max: float(max) }) },
          output.name,
        );
      const bound = (value: number): string => (Number.isFinite(value) ? scalar(context, value) : '');
      context.node('Clip', [x!.name, bound(min), ...(Number.isFinite(max) ? [bound(max)] : [])], {}, output.name);
    },
  },
];
