import type { ReductionAttrs } from '@graft/tensor';
import { type ExportCall, type OnnxExporter, requireOpset } from '../exporter.ts';

/** Axes are an attribute before a certain version and an input from then on. */
const reduction = (name: string, opType: string, axesAreInputSince = 18): OnnxExporter => ({
  name,
  write({ inputs: [x], attrs: { axes, keepDims }, output }: ExportCall<ReductionAttrs>, context) {
    const pooled = opType === 'ReduceMean' && keepDims && x!.shape.length === 4 && axes.join() === '2,3';
    if (pooled) context.node('GlobalAveragePool', [x!.name], {}, output.name);
    else if (context.opset >= axesAreInputSince)
      context.node(opType, [x!.name, context.integers(axes)], { keepdims: Number(keepDims) }, output.name);
    else context.node(opType, [x!.name], { axes, keepdims: Number(keepDims) }, output.name);
  },
});

const argExtreme = (name: string, opType: string): OnnxExporter => ({
  name,
  write: (
    { inputs: [x], attrs: { axis, keepDims }, output }: ExportCall<{ axis: number; keepDims: boolean }>,
    context,
  ) => void context.node(opType, [x!.name], { axis, keepdims: Number(keepDims) }, output.name),
});

export const reductionExporters: readonly OnnxExporter[] = [
  reduction('mean', 'ReduceMean'),
  reduction('sum', 'ReduceSum', 13),
  reduction('max', 'ReduceMax'),
  reduction('min', 'ReduceMin'),
  reduction('prod', 'ReduceProd'),
  argExtreme('argMax', 'ArgMax'),
  argExtreme('argMin', 'ArgMin'),
  {
    name: 'oneHot',
    write({ inputs: [indices], attrs: { depth }, output }: ExportCall<{ depth: number }>, context) {
      requireOpset(context, 9, 'OneHot');
      const values = context.constant({ shape: [2], dtype: 'float32', data: Float32Array.of(0, 1) });
      context.node('OneHot', [indices!.name, context.integers([depth]), values], {}, output.name);
    },
  },
];
