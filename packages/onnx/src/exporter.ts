import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { DType, HostArray, Shape } from '@graft/tensor';
import type { Dimension } from './export-inputs.ts';
import type { AttributeValue } from './proto/write.ts';

/** A value of the graph that is being written. */
export interface ExportValue {
  /** Its name in the file. */
  readonly name: string;
  /** Sizes, and names of open dimensions: equal names are equal sizes. A name that begins with `?` is computed from those of the inputs. */
  readonly shape: readonly Dimension[];
  readonly dtype: DType;
  /** Its values, where they are known: weights and what is computed from them alone. */
  readonly constant?: HostArray;
}

/** A call at one of the sizes that the module was traced at. */
export interface ExportVariant {
  readonly attrs: unknown;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
}

/** One application of a tensor op, to be written as nodes. */
// The op's own type says what its attributes are; the entry that writes it knows which op it is for.
// oxlint-disable-next-line no-explicit-any
export interface ExportCall<Attrs = any> {
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs: readonly ExportValue[];
  readonly output: ExportValue;
  /** The call at several sizes of the open dimensions, the first of them that of `attrs`. */
  readonly variants: readonly ExportVariant[];
}

/** What writes nodes. */
export interface ExportContext {
  /** Version of ONNX's operator set that the file uses. */
  readonly opset: number;
  /** Adds a node. Its output is called `output`, or gets a new name, which is returned. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue | undefined>>,
    output?: string,
  ): string;
  /** Adds a tensor and returns its name. It is left out of the file where no node uses it. */
  constant(value: HostArray, name?: string): string;
  /** Adds 64-bit integers, such as a shape. */
  integers(values: readonly number[]): string;
  /**
   * Sizes as 64-bit integers: known ones as they are, open dimensions of the inputs read off these when the file runs.
   * @throws where a dimension is computed from those of the inputs
   */
  sizes(shape: readonly Dimension[]): string;
  /** Whether an open dimension is one of the inputs. */
  isGiven(dimension: Dimension): boolean;
  /** The call that uses a value, where it is the only one. */
  onlyUseOf(value: ExportValue): ExportCall | undefined;
  /** Says that a later call is written already, as part of this one. */
  cover(call: ExportCall): void;
}

/** How a tensor op is written as ONNX nodes. Its name is the op's. */
export interface OnnxExporter extends Named {
  /** Set where the op's attributes may change with open dimensions, which the entry then handles through shapes and variants. */
  readonly followsSizes?: boolean;
  /** @throws one sentence where the op, as it is used here, has no form in this operator set */
  write(call: ExportCall, context: ExportContext): void;
}

/** Ways to write tensor ops for {@link exportOnnx}. An op without one is written through its decomposition. */
export const onnxExporter: ExtensionPoint<OnnxExporter> = extensionPoint('ONNX exporter');

/** @throws where the file's operator set is older than an operator */
export function wantOpset({ opset }: ExportContext, least: number, what: string): void {
  if (opset < least)
    throw new Error(
      `${what} needs operator set ${least}, and this file has ${opset}. Export with opset: ${least} or higher, which writes the whole file anew.`,
    );
}
