import { type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import type { KernelName } from '../exports.ts';
import { allFloat32, type WasmOperand } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

const rowsOf = (shape: Shape): [rows: number, n: number] => [sizeOf(shape.slice(0, -1)), shape.at(-1)!];

/** Softmax along the last axis, and cross-entropy with class indices. */
export function softmax(engine: Engine): KernelEntries {
  const { heap } = engine;
  const alongRows =
    (name: KernelName): WasmKernel =>
    ([x], { axis }: { axis: number }, out) => {
      if (!allFloat32([x!]) || axis !== x!.shape.length - 1) return undefined;
      const y = engine.output(out);
      const [rows, n] = rowsOf(x!.shape);
      engine.run(name, rows, rows * n * 1.5, [x!.data.pointer, y.pointer, n]);
      return y;
    };
  /** An invalid class is left to the reference, which reports it. */
  const areClasses = ({ dtype, shape, data }: WasmOperand, classes: number): boolean => {
    if (dtype !== 'int32') return false;
    const { int32 } = heap.views;
    const start = data.pointer / 4;
    for (let i = start; i < start + shape[0]!; i++) if (int32[i]! < 0 || int32[i]! >= classes) return false;
    return true;
  };
  return [
    ['softmax', alongRows('softmax')],
    ['logSoftmax', alongRows('logSoftmax')],
    [
      'softmaxCrossEntropy',
      ([logits, targets], _attrs, out) => {
        if (!allFloat32([logits!]) || !areClasses(targets!, logits!.shape[1]!)) return undefined;
        const y = engine.output(out);
        const [rows, n] = rowsOf(logits!.shape);
        engine.run('crossEntropy', rows, rows * n * 1.5, [logits!.data.pointer, targets!.data.pointer, y.pointer, n]);
        return y;
      },
    ],
    [
      'softmaxCrossEntropyGrad',
      ([g, logits, targets], _attrs, out) => {
        if (!allFloat32([g!, logits!]) || !areClasses(targets!, logits!.shape[1]!)) return undefined;
        const y = engine.output(out);
        const [rows, n] = rowsOf(logits!.shape);
        engine.run('crossEntropyGrad', rows, rows * n * 1.5, [
          g!.data.pointer,
          logits!.data.pointer,
          targets!.data.pointer,
          y.pointer,
          n,
        ]);
        return y;
      },
    ],
  ];
}
