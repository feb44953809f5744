import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { DType, HostArray, Shape } from '@graft/tensor';
import type { Dimension } from './export-inputs.ts';
import type { AttributeValue } from './proto/write.ts';

/** A value of the graph being written. */
export interface ExportValue {
  /** Its name in the file. */
  readonly name: string;
  /** Sizes, and names of dynamic dimensions: equal names mean equal sizes. A name that starts with `?` is computed from input dimensions. */
  readonly shape: readonly Dimension[];
  readonly dtype: DType;
  /** Its values, if known: weights, and values computed from them alone. */
  readonly constant?: HostArray;
}

/** A call at one of the traced sizes. */
export interface ExportVariant {
  readonly attrs: unknown;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
}

/** One application of a tensor op, to be exported as nodes. */
// The op's own type defines its attributes; each exporter knows which op it is for.
// oxlint-disable-next-line no-explicit-any
export interface ExportCall<Attrs = any> {
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs: readonly ExportValue[];
  readonly output: ExportValue;
  /** The call at several sizes of the dynamic dimensions; the first matches `attrs`. */
  readonly variants: readonly ExportVariant[];
}

/** Writes nodes. */
export interface ExportContext {
  /** Version of ONNX's operator set that the file uses. */
  readonly opset: number;
  /** Adds a node. Its output is named `output`, or gets a new name, which is returned. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue | undefined>>,
    output?: string,
  ): string;
  /** Adds a tensor and returns its name. It is omitted from the file if no node uses it. */
  constant(value: HostArray, name?: string): string;
  /** Adds 64-bit integers, such as a shape. */
  integers(values: readonly number[]): string;
  /**
   * Sizes as 64-bit integers; dynamic dimensions of the inputs are read at run time.
   * @throws if a dimension is computed from input dimensions
   */
  sizes(shape: readonly Dimension[]): string;
  /** Whether a dynamic dimension belongs to an input. */
  isGiven(dimension: Dimension): boolean;
  /** The call that uses a value, if there is only one. */
  onlyUseOf(value: ExportValue): ExportCall | undefined;
  /** Marks a later call as already written, as part of this one. */
  cover(call: ExportCall): void;
}

/** Exports a tensor op as ONNX nodes. Named after the op. */
export interface OnnxExporter extends Named {
  /** Set if the op's attributes may change with dynamic dimensions, which the exporter handles with shapes and variants. */
  readonly followsSizes?: boolean;
  /** @throws if the op, as used here, has no form in this operator set */
  write(call: ExportCall, context: ExportContext): void;
}

/** The extension point for exporters of tensor ops. An op without one is exported through its decomposition. */
export const onnxExporter: ExtensionPoint<OnnxExporter> = extensionPoint(
  'ONNX exporter',
  'exported models: ops and modules that have no standard form',
);

/** @throws if the file's operator set is older than required */
export function requireOpset({ opset }: ExportContext, least: number, what: string): void {
  if (opset < least)
    throw new Error(
      `${what} needs operator set ${least}, but this file has ${opset}. Export with opset: ${least} or higher, which rewrites the whole file.`,
    );
}
