import type { MatmulAttrs } from '@graft/tensor';
import { type ExportCall, type ExportContext, type ExportValue, type OnnxExporter, requireOpset } from '../exporter.ts';

/** A matrix product followed by adding a bias becomes one Gemm: a linear layer. */
function matmul(call: ExportCall<MatmulAttrs>, context: ExportContext): void {
  const {
    inputs: [a, b],
    attrs: { transposeA, transposeB },
    output,
  } = call;
  const flat = a!.shape.length === 2 && b!.shape.length === 2;
  const attributes = { ...(transposeA && { transA: 1 }), ...(transposeB && { transB: 1 }) };
  const next = flat ? context.onlyUseOf(output) : undefined;
  const bias = next?.op === 'add' ? biasOf(next, output) : undefined;
  if (next && bias) {
    requireOpset(context, 7, 'Gemm');
    context.node('Gemm', [a!.name, b!.name, bias.name], attributes, next.output.name);
    context.cover(next);
  } else if (flat && context.opset >= 11 && (transposeA || transposeB)) {
    context.node('Gemm', [a!.name, b!.name], attributes, output.name);
  } else {
    context.node('MatMul', [turned(a!, transposeA, context), turned(b!, transposeB, context)], {}, output.name);
  }
}

/** The other term of a sum, if it is a known vector. */
const biasOf = (add: ExportCall, product: ExportValue): ExportValue | undefined => {
  const other = add.inputs.find((input) => input !== product);
  return other?.constant && other.shape.length === 1 && other.shape[0] === product.shape[1] ? other : undefined;
};

function turned(x: ExportValue, transpose: boolean, context: ExportContext): string {
  const rank = x.shape.length;
  return transpose
    ? context.node('Transpose', [x.name], {
        perm: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2],
      })
    : x.name;
}

export const matmulExporters: readonly OnnxExporter[] = [{ name: 'matmul', write: matmul }];
