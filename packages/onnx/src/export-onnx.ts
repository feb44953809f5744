import { type AnyModule, onHost } from '@graft/layers';
import {
  apply,
  type DType,
  type GraphCall,
  type GraphValue,
  type HostArray,
  isFloat,
  isHalf,
  scope,
  type Tensor,
  tensor,
} from '@graft/tensor';
import { copyImported, type CopiedPart, nameOfPort } from './copy-imported.ts';
import { exportImported } from './export-imported.ts';
import { type Dimension, type InputOptions, type InputPlan, planInputs, withSamples } from './export-inputs.ts';
import type { ExportCall, ExportValue, OnnxExporter } from './exporter.ts';
import { standardExporters } from './exporters/index.ts';
import { type GivenDimension, GraphWriter } from './graph-writer.ts';
import { OnnxModel } from './onnx-model.ts';
import { dataTypeOf } from './proto/data-types.ts';
import type { ExternalSink } from './proto/move-out.ts';
import { writeGraph, writePort } from './proto/write.ts';
import { hostValues, ImportedGraph, traceModule, type TracedModule } from './trace-module.ts';
import { hasHalves, storedDType } from './widen-halves.ts';
import { type FileTexts, wrapGraph } from './wrap-graph.ts';

export interface ExportOptions extends FileTexts, InputOptions {
  /** Default: the imported model's if nothing follows it, otherwise `logits`. */
  readonly outputName?: string;
  /** Rewrites all nodes for this version of ONNX's operator set. By default an imported model's nodes are copied, and others use 17. */
  readonly opset?: number;
  /** Receives the values of tensors of 1 KiB and more, for models beyond the 2 GiB limit of a file; `writeOnnx()` of `@graft/onnx/node` provides one. */
  readonly externalData?: ExternalSink;
  /** Default: those of this package; apps pass `app.all(onnxExporter)`. */
  readonly exporters?: readonly OnnxExporter[];
}

/**
 * Exports a module as an ONNX file that computes the same at inference, with its current weights. Nodes of an imported graph inside it are copied unchanged,
 * with its inputs and current weights; the rest is traced. Dynamic dimensions, including the batch, stay dynamic in the file.
 * @throws an error that names the op without an ONNX form, or the dynamic dimension whose size the model depends on
 */
export const exportOnnx = async (module: AnyModule, options: ExportOptions = {}): Promise<Uint8Array> =>
  onHost(module, () => exportFromHost(module, options));

/** The same for a module whose values are on the host. */
export function exportFromHost(module: AnyModule, options: ExportOptions): Uint8Array {
  const imported = importedIn(module);
  const copied = imported && options.opset === undefined ? imported : undefined;
  if (copied === module && (copied.outputs.length !== 1 || (copied.inputs.length !== 1 && !options.inputs)))
    return exportImported(copied, options);
  const plan = planInputs(module, imported, options);
  if (plan.samples.size === 0) return writeModule(module, imported, plan, options);
  try {
    return writeModule(module, imported, plan, options);
  } catch {
    return writeModule(module, imported, withSamples(plan), options);
  }
}

function writeModule(
  module: AnyModule,
  imported: OnnxModel | undefined,
  plan: InputPlan,
  options: ExportOptions,
): Uint8Array {
  const copied = options.opset === undefined ? imported : undefined;
  const writable = new Set((options.exporters ?? standardExporters).map((one) => one.name));
  const traced = traceModule(module, { ...plan, whole: copied === undefined, writable });
  const part = traced.graph.calls.some(({ op }) => op === ImportedGraph) ? copied : undefined;
  // When rewritten, an imported graph keeps the names of its inputs and outputs.
  const anew = part ? undefined : imported;
  const inputName = plan.chosen ? undefined : anew?.inputs[0];
  const outputName = options.outputName ?? (anew === module ? anew!.outputs[0] : undefined);
  const inputs = inputName === undefined ? plan.inputs : plan.inputs.map((input) => ({ ...input, name: inputName }));
  return new ModuleFile(
    module,
    traced,
    { ...plan, inputs },
    { ...options, ...(outputName !== undefined && { outputName }) },
    part,
  ).write();
}

function importedIn(module: AnyModule): OnnxModel | undefined {
  const found = [...new Set([...module.modules()].map(([, one]) => one))].filter(
    (one): one is OnnxModel => one instanceof OnnxModel,
  );
  if (found.length > 1)
    throw new Error('A model with more than one imported graph cannot be written to one file. Export them one by one.');
  return found[0];
}

/** Builds the file of one traced module. */
class ModuleFile {
  readonly #traced: TracedModule;
  readonly #plan: InputPlan;
  readonly #copied: OnnxModel | undefined;
  readonly #part: CopiedPart | undefined;
  readonly #options: ExportOptions;
  readonly #exporters: ReadonlyMap<string, OnnxExporter>;
  readonly #paths: ReadonlyMap<Tensor, string>;
  readonly #values = new Map<GraphValue, ExportValue>();
  readonly #calls = new Map<GraphCall, ExportCall>();
  readonly #writer: GraphWriter;
  /** Whether the copied nodes compute with 16-bit floats, and the others with float32. */
  readonly #isWide: boolean;
  /** The output's name, if it is not the imported graph's. */
  #outputName: string | undefined;
  /** Index of the imported graph's call; -1 if there is none. */
  readonly #importedAt: number;
  /** Inputs of the imported graph that are also inputs of the file, under their own names. */
  readonly #fed = new Set<string>();
  /** Inputs of the imported graph that are other values of the file. */
  readonly #joints: (readonly [value: GraphValue, input: string])[] = [];

  constructor(
    module: AnyModule,
    traced: TracedModule,
    plan: InputPlan,
    options: ExportOptions,
    copied: OnnxModel | undefined,
  ) {
    this.#traced = traced;
    this.#plan = plan;
    this.#copied = copied;
    this.#part = copied && copyImported(copied);
    this.#isWide = copied !== undefined && hasHalves(copied);
    this.#options = options;
    this.#exporters = new Map((options.exporters ?? standardExporters).map((one) => [one.name, one]));
    this.#paths = new Map([...module.parameters()].map(([path, parameter]) => [parameter.value, path]));
    this.#importedAt = traced.graph.calls.findIndex((call) => call.op === ImportedGraph);
    const uses = new Map<ExportValue, ExportCall[]>();
    const given = new Map<string, GivenDimension>();
    this.#writer = new GraphWriter(copied?.opset ?? options.opset ?? 17, this.#part?.names ?? [], uses, given);
    this.#nameEnds();
    for (const value of traced.graph.inputs)
      for (const [axis, dim] of traced.shapeOf(value).entries())
        if (typeof dim === 'string' && !given.has(dim)) given.set(dim, { input: this.#values.get(value)!.name, axis });
    for (const call of traced.graph.calls) this.#prepare(call, uses);
    this.#writer.use(this.#value(traced.graph.outputs[0]!).name);
  }

  /** Names inputs, outputs, and values that already have a name in the imported graph. */
  #nameEnds(): void {
    const { graph } = this.#traced;
    const output = graph.outputs[0]!;
    const call = graph.calls[this.#importedAt];
    if (graph.calls.filter((one) => one.op === ImportedGraph).length > 1)
      throw new Error('A model that runs an imported graph more than once cannot be written to one file.');
    if (call) {
      for (const [i, name] of this.#copied!.inputs.entries()) this.#join(call.inputs[i]!, name);
      const cut = this.#copied!.outputs[0]!;
      this.#place(call.output, this.#isWide && call.output !== output ? this.#writer.unique(`${cut}_float32`) : cut);
    }
    for (const [i, input] of graph.inputs.entries())
      if (!this.#values.has(input)) this.#place(input, this.#writer.unique(this.#plan.inputs[i]!.name));
    if (this.#values.has(output)) return;
    const name = this.#writer.unique(this.#options.outputName ?? 'logits');
    this.#outputName = name;
    this.#place(output, this.#outputDType === undefined ? name : this.#writer.unique(`${name}_float32`));
  }

  /** The dtype of the file's outputs, if they are 16-bit floats. */
  get #outputDType(): DType | undefined {
    const [{ dtype } = { dtype: 'float32' }, ...others] = this.#isWide ? this.#copied!.file.outputs : [];
    return isHalf(dtype as DType) && others.every((one) => one.dtype === dtype) ? (dtype as DType) : undefined;
  }

  /** The dtype in the file of an input of the imported graph. */
  #portDType(name: string): DType {
    return this.#copied!.file.inputs.find((one) => one.name === name)!.dtype as DType;
  }

  /** Connects a value to an input of the imported graph, with the input's name unless it has one already. */
  #join(value: GraphValue, name: string): void {
    const at = this.#traced.graph.inputs.indexOf(value);
    const { calls, constants } = this.#traced.graph;
    // Other nodes make and read float32.
    const isCast =
      isHalf(this.#portDType(name)) && (at < 0 || calls.filter(({ inputs }) => inputs.includes(value)).length > 1);
    const isFree = !this.#values.has(value) && !constants.has(value) && !isCast;
    const keepsName = at < 0 || !this.#plan.chosen || this.#plan.inputs[at]!.name === name;
    if (!isFree || !keepsName) return void this.#joints.push([value, name]);
    this.#place(value, name);
    if (at >= 0) this.#fed.add(name);
  }

  #place(value: GraphValue, name: string): ExportValue {
    const placed: ExportValue = { name, shape: this.#traced.shapeOf(value), dtype: value.dtype };
    this.#values.set(value, placed);
    return placed;
  }

  /** Names a call's values; values computed from constants alone become constants. */
  #prepare(call: GraphCall, uses: Map<ExportValue, ExportCall[]>): void {
    const inputs = call.inputs.map((input) => this.#value(input));
    const isFixed = this.#traced.shapeOf(call.output).every((dim) => typeof dim === 'number');
    if (
      call.op !== ImportedGraph &&
      isFixed &&
      inputs.every((input) => input.constant) &&
      this.#traced.changesWith(call) === undefined
    ) {
      const value = computed(
        call,
        inputs.map((input) => input.constant!),
      );
      this.#values.set(call.output, { ...value, name: this.#writer.constant(value, 'folded'), constant: value });
      return;
    }
    const output = this.#values.get(call.output) ?? this.#place(call.output, this.#writer.unique(call.op.name));
    const variants = this.#traced.variants(call);
    const prepared: ExportCall = { op: call.op.name, attrs: call.attrs, inputs, output, variants };
    this.#calls.set(call, prepared);
    for (const input of inputs) uses.set(input, [...(uses.get(input) ?? []), prepared]);
  }

  #value(value: GraphValue): ExportValue {
    const known = this.#values.get(value);
    if (known) return known;
    const held = this.#traced.graph.constants.get(value);
    if (!held) throw new Error(`Value ${value.id} is used before it is computed.`);
    const constant = hostValues(held);
    const shape = this.#traced.shapeOf(value);
    const name = this.#paths.get(held) ?? 'constant';
    const made: ExportValue = shape.every((dim) => typeof dim === 'number')
      ? { ...constant, name: this.#writer.constant(constant, name), constant }
      : { ...constant, shape, name: this.#repeated(constant, shape) };
    this.#values.set(value, made);
    return made;
  }

  /** A constant number repeated over dynamic dimensions. */
  #repeated({ dtype, data }: HostArray, shape: readonly Dimension[]): string {
    const one = this.#writer.constant({ dtype, shape: shape.map(() => 1), data: data.slice(0, 1) });
    return this.#writer.node('Expand', [one, this.#writer.sizes(shape)]);
  }

  write(): Uint8Array {
    const writer = this.#writer;
    const { calls, inputs, outputs } = this.#traced.graph;
    const [before, after] = [[...writer.nodes], [] as Uint8Array[]]; // repeated numbers are already written
    const cast = (from: string, dtype: DType, to: string): void => {
      const start = writer.nodes.length;
      writer.node('Cast', [from], { to: dataTypeOf(dtype) }, to);
      after.push(...writer.nodes.slice(start));
    };
    const cut = this.#copied?.outputs[0];
    const features = this.#importedAt < 0 ? undefined : this.#values.get(calls[this.#importedAt]!.output)!;
    if (features && features.name !== cut) cast(cut!, 'float32', features.name);
    for (const [i, call] of calls.entries()) {
      const prepared = this.#calls.get(call);
      if (!prepared || call.op === ImportedGraph || writer.isCovered(prepared)) continue;
      const start = writer.nodes.length;
      this.#writeCall(call, prepared);
      (i < this.#importedAt ? before : after).push(...writer.nodes.slice(start));
    }
    const start = writer.nodes.length;
    for (const [value, input] of this.#joints) {
      const [from, to] = [this.#value(value).name, this.#portDType(input)];
      if (isHalf(to) && value.dtype !== to) writer.node('Cast', [from], { to: dataTypeOf(to) }, input);
      else writer.node('Identity', [from], {}, input);
    }
    before.push(...writer.nodes.slice(start));
    let output = this.#value(outputs[0]!);
    if (output.constant) throw new Error("The model's output does not depend on its input.");
    const named = (shape: readonly Dimension[]): (number | string | null)[] =>
      shape.map((dim) => (typeof dim === 'number' || this.#isNamed(dim) ? dim : null));
    const narrow = this.#outputDType;
    if (narrow !== undefined && this.#outputName !== undefined) {
      cast(output.name, narrow, this.#outputName);
      output = { ...output, name: this.#outputName, dtype: narrow };
    } else if (features === output && this.#isWide && output.dtype === 'float32')
      output = { ...output, dtype: storedDType(this.#copied!, output.name) };
    const initializers = writer.initializers(this.#options.externalData);
    const part = this.#part;
    const own = inputs.flatMap((value, i) => {
      const { name, dtype } = this.#values.get(value)!;
      const stored = this.#fed.has(name) && this.#isWide && isFloat(dtype) ? this.#portDType(name) : dtype;
      return this.#isCopied(name, i) ? [] : [writePort(name, stored, named(this.#plan.inputs[i]!.shape))];
    });
    // If anything precedes the imported graph, other nodes compute its inputs.
    const ports = (part?.inputs ?? []).filter((port) => {
      const name = nameOfPort(port);
      const i = inputs.findIndex((value) => this.#values.get(value)!.name === name);
      return !this.#copied!.inputs.includes(name) || (i >= 0 && this.#isCopied(name, i));
    });
    // Before IR 4 a tensor had to be listed as an input as well.
    const listed =
      (this.#copied?.file.irVersion ?? 8) < 4
        ? initializers.map(({ name, value }) => writePort(name, value.dtype, value.shape))
        : [];
    const graph = writeGraph({
      name: part?.name || 'graft',
      nodes: [...before, ...(part?.nodes ?? []), ...after],
      initializers: [
        ...(part?.initializers(this.#options.externalData) ?? []),
        ...initializers.map((one) => one.bytes),
      ],
      inputs: [...own, ...ports, ...listed],
      outputs: [writePort(output.name, output.dtype, named(output.shape))],
      ...(part && { others: part.others }),
    });
    return wrapGraph(graph, this.#copied?.file, this.#writer.opset, this.#options);
  }

  /** Whether a dynamic dimension has a name in the file: it belongs to an input and is named there. */
  #isNamed(dim: string): boolean {
    return this.#traced.isGiven(dim) && !this.#plan.unnamed.has(dim);
  }

  /** Whether an input is an unchanged input of the imported graph. */
  #isCopied(name: string, at: number): boolean {
    const port = this.#fed.has(name) && this.#copied!.file.inputs.find((one) => one.name === name);
    if (!port) return false;
    const { shape } = this.#plan.inputs[at]!;
    const isSame = (own: string | number | null, i: number): boolean =>
      own === shape[i] || (own === null && (this.#plan.unnamed.has(String(shape[i])) || (i === 0 && shape[0] === 'N')));
    return port.shape?.length === shape.length && port.shape.every(isSame);
  }

  #writeCall(call: GraphCall, prepared: ExportCall): void {
    const exporter = this.#exporters.get(call.op.name);
    const where = `The op "${call.op.name}" of ${prepared.inputs.map((input) => `"${input.name}"`).join(', ')}`;
    if (!exporter) throw new Error(`${where} has no ONNX form. Add one with a plugin (onnxExporter).`);
    const dimension = exporter.followsSizes ? undefined : this.#traced.changesWith(call);
    if (dimension !== undefined)
      throw new Error(
        `${where} depends on the size of "${dimension}" in a way that an ONNX graph cannot express for every size. Export it with a fixed size.`,
      );
    try {
      exporter.write(prepared, this.#writer);
    } catch (error) {
      throw new Error(`${where} cannot be written: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Runs an op on known values. */
function computed({ op, attrs }: GraphCall, inputs: readonly HostArray[]): HostArray {
  return scope(() => {
    const result = apply(
      op,
      inputs.map(({ data, shape, dtype }) => tensor(data, { shape, dtype })),
      attrs,
    );
    return { shape: result.shape, dtype: result.dtype, data: result.arraySync() };
  });
}
