import type { DType } from '@graft/tensor';
import { copyImported, nameOfPort } from './copy-imported.ts';
import type { ExportOptions } from './export-onnx.ts';
import { inferShapes } from './infer-shapes.ts';
import type { OnnxModel } from './onnx-model.ts';
import { field } from './proto/schema.ts';
import { wireFields } from './proto/wire.ts';
import { writeGraph, writePort } from './proto/write.ts';
import { hasHalves, storedDType } from './widen-halves.ts';
import { wrapGraph } from './wrap-graph.ts';

/** Exports an imported graph on its own, with its inputs and outputs under their names. */
export function exportImported(model: OnnxModel, options: ExportOptions): Uint8Array {
  const { file } = model;
  const part = copyImported(model);
  const ports = new Map(
    wireFields(file.graph).flatMap(({ number, content }) =>
      number === field.graph.output ? [[nameOfPort(content!), content!] as const] : [],
    ),
  );
  const specs = model.outputs.every((name) => ports.has(name)) ? undefined : inferShapes(model);
  // How a value inside the file depends on dynamic sizes is unknown; only its dtype is known.
  const isWide = specs !== undefined && hasHalves(model);
  const dtypeOf = (name: string): DType => {
    const { dtype } = specs!.get(name)!;
    return isWide && dtype === 'float32' ? storedDType(model, name) : dtype;
  };
  const outputs = model.outputs.map((name) => ports.get(name) ?? writePort(name, dtypeOf(name), undefined));
  const graph = writeGraph({ ...part, initializers: part.initializers(options.externalData), outputs });
  return wrapGraph(graph, file, model.opset, options);
}
