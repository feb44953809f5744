import { type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32, type WasmOperand } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

const rowsOf = (shape: Shape): [rows: number, n: number] => [sizeOf(shape.slice(0, -1)), shape.at(-1)!];

/** Softmax along the last axis, and cross-entropy against classes. */
export function softmax(engine: Engine): KernelEntries {
  const { kernels, heap } = engine;
  const alongRows = (run: typeof kernels.softmax): WasmKernel => ([x], { axis }: { axis: number }, out) => {
    if (!allFloat32([x!]) || axis !== x!.shape.length - 1) return undefined;
    const y = engine.output(out);
    run(x!.data.pointer, y.pointer, ...rowsOf(x!.shape));
    return y;
  };
  /** A class that does not exist is left to the reference, which says so. */
  const areClasses = ({ dtype, shape, data }: WasmOperand, classes: number): boolean => {
    if (dtype !== 'int32') return false;
    const { int32 } = heap.views;
    const start = data.pointer / 4;
    for (let i = start; i < start + shape[0]!; i++) if (int32[i]! < 0 || int32[i]! >= classes) return false;
    return true;
  };
  return [
    ['softmax', alongRows(kernels.softmax)],
    ['logSoftmax', alongRows(kernels.logSoftmax)],
    ['softmaxCrossEntropy', ([logits, targets], _attrs, out) => {
      if (!allFloat32([logits!]) || !areClasses(targets!, logits!.shape[1]!)) return undefined;
      const y = engine.output(out);
      kernels.crossEntropy(logits!.data.pointer, targets!.data.pointer, y.pointer, ...rowsOf(logits!.shape));
      return y;
    }],
    ['softmaxCrossEntropyGrad', ([g, logits, targets], _attrs, out) => {
      if (!allFloat32([g!, logits!]) || !areClasses(targets!, logits!.shape[1]!)) return undefined;
      const y = engine.output(out);
      kernels.crossEntropyGrad(g!.data.pointer, logits!.data.pointer, targets!.data.pointer, y.pointer, ...rowsOf(logits!.shape));
      return y;
    }],
  ];
}
