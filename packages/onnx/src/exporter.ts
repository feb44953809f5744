import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { DType, HostArray } from '@graft/tensor';
import type { AttributeValue } from './proto/write.ts';

/** A value of the graph that is being written. */
export interface ExportValue {
  /** Its name in the file. */
  readonly name: string;
  /** null where it changes with the batch. */
  readonly shape: readonly (number | null)[];
  readonly dtype: DType;
  /** Its values, where they are known: weights and what is computed from them alone. */
  readonly constant?: HostArray;
}

/** One application of a tensor op, to be written as nodes. */
// The op's own type says what its attributes are; the entry that writes it knows which op it is for.
// oxlint-disable-next-line no-explicit-any
export interface ExportCall<Attrs = any> {
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs: readonly ExportValue[];
  readonly output: ExportValue;
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
  /** The call that uses a value, where it is the only one. */
  onlyUseOf(value: ExportValue): ExportCall | undefined;
  /** Says that a later call is written already, as part of this one. */
  cover(call: ExportCall): void;
}

/** How a tensor op is written as ONNX nodes. Its name is the op's. */
export interface OnnxExporter extends Named {
  /** Set where the op's attributes may change with the batch, which the entry then handles through shapes. */
  readonly followsBatch?: boolean;
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
