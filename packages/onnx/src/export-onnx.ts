import { type Module, onHost } from '@graft/layers';
import {
  apply,
  type DType,
  type GraphCall,
  type GraphValue,
  type HostArray,
  scope,
  type Shape,
  type Tensor,
  tensor,
} from '@graft/tensor';
import { copyImported, type CopiedPart, nameOfPort } from './copy-imported.ts';
import { exportImported } from './export-imported.ts';
import type { ExportCall, ExportValue, OnnxExporter } from './exporter.ts';
import { standardExporters } from './exporters/index.ts';
import { GraphWriter } from './graph-writer.ts';
import { portDType, portShape } from './infer-shapes.ts';
import { OnnxModel } from './onnx-model.ts';
import type { ExternalSink } from './proto/move-out.ts';
import { writeGraph, writePort } from './proto/write.ts';
import { type FileTexts, wrapGraph } from './wrap-graph.ts';
import { ImportedGraph, traceModule, type TracedModule } from './trace-module.ts';

export interface ExportOptions extends FileTexts {
  /** Of one input, without the batch: [3, 224, 224]. Default: what an imported model's file says, 224 where it leaves the size open. */
  readonly inputShape?: Shape;
  /** Default: the imported model's, else float32. Layers that begin with an embedding take whole numbers: int64. */
  readonly inputDType?: DType;
  /** Default: the imported model's, else `input`. */
  readonly inputName?: string;
  /** Default `logits`, or the imported model's where nothing follows it. */
  readonly outputName?: string;
  /** Writes every node anew for this version of ONNX's operator set; without it an imported model's nodes are copied. Default for others 17. */
  readonly opset?: number;
  /** Takes the values of tensors of 1 KiB and more, for models beyond the 2 GiB at which a file ends; `writeOnnx()` of `@graft/onnx/node` has one. */
  readonly externalData?: ExternalSink;
  /** Default: those of this package; an app gives `app.all(onnxExporter)`. */
  readonly exporters?: readonly OnnxExporter[];
}

/**
 * A module as an ONNX file that computes what it computes at inference, with the weights as they are at the call. Nodes of an imported graph inside it are copied
 * as they stand in their file, with the weights as they are now; the rest is traced.
 * @throws one sentence naming the op that has no ONNX form
 */
export const exportOnnx = async (module: Module, options: ExportOptions = {}): Promise<Uint8Array> =>
  onHost(module, () => exportFromHost(module, options));

/** The same, for a module whose values are on the host. */
export function exportFromHost(module: Module, options: ExportOptions): Uint8Array {
  const imported = importedIn(module);
  const copied = imported && options.opset === undefined ? imported : undefined;
  if (copied === module && (copied.inputs.length !== 1 || copied.outputs.length !== 1))
    return exportImported(copied, options);
  const port = imported?.file.inputs.find((one) => one.name === imported.inputs[0]);
  const shape = options.inputShape ?? (port && portShape(port).slice(1));
  if (!shape) throw new Error('Say how large an input is: inputShape: [3, 224, 224], without the batch.');
  const fixed = typeof port?.shape?.[0] === 'number' ? port.shape[0] : undefined;
  const writable = new Set((options.exporters ?? standardExporters).map((one) => one.name));
  const traced = traceModule(module, {
    inputShape: shape,
    dtype: options.inputDType ?? (port ? portDType(port) : 'float32'),
    batch: fixed,
    whole: copied === undefined,
    writable,
  });
  const part = traced.graph.calls.some(({ op }) => op === ImportedGraph) ? copied : undefined;
  const file = new ModuleFile(
    module,
    traced,
    {
      ...(imported &&
        !part && { inputName: imported.inputs[0]!, ...(imported === module && { outputName: imported.outputs[0]! }) }),
      ...options,
    },
    part,
  );
  return file.write(port?.shape?.[0] ?? 'N');
}

function importedIn(module: Module): OnnxModel | undefined {
  const found = [...new Set([...module.modules()].map(([, one]) => one))].filter(
    (one): one is OnnxModel => one instanceof OnnxModel,
  );
  if (found.length > 1)
    throw new Error('A model with more than one imported graph cannot be written to one file. Export them one by one.');
  return found[0];
}

/** The file that is being made of one traced module. */
class ModuleFile {
  readonly #traced: TracedModule;
  readonly #copied: OnnxModel | undefined;
  readonly #part: CopiedPart | undefined;
  readonly #options: ExportOptions;
  readonly #exporters: ReadonlyMap<string, OnnxExporter>;
  readonly #paths: ReadonlyMap<Tensor, string>;
  readonly #values = new Map<GraphValue, ExportValue>();
  readonly #calls = new Map<GraphCall, ExportCall>();
  readonly #writer: GraphWriter;
  /** Which call the imported graph is; -1 where there is none. */
  readonly #importedAt: number;
  readonly #inputName: string;

  constructor(module: Module, traced: TracedModule, options: ExportOptions, copied: OnnxModel | undefined) {
    this.#traced = traced;
    this.#copied = copied;
    this.#part = copied && copyImported(copied, options.externalData);
    this.#options = options;
    this.#exporters = new Map((options.exporters ?? standardExporters).map((one) => [one.name, one]));
    this.#paths = new Map([...module.parameters()].map(([path, parameter]) => [parameter.value, path]));
    this.#importedAt = traced.graph.calls.findIndex((call) => call.op === ImportedGraph);
    const uses = new Map<ExportValue, ExportCall[]>();
    this.#writer = new GraphWriter(copied?.opset ?? options.opset ?? 17, this.#part?.names ?? [], uses);
    this.#inputName = this.#nameEnds();
    for (const call of traced.graph.calls) this.#prepare(call, uses);
    this.#writer.use(this.#value(traced.graph.outputs[0]!).name);
  }

  /** Names what is fed in, what comes out, and what the imported graph knows by a name of its own. Returns the input's. */
  #nameEnds(): string {
    const { graph } = this.#traced;
    const [input, output] = [graph.inputs[0]!, graph.outputs[0]!];
    const call = graph.calls[this.#importedAt];
    if (graph.calls.filter((one) => one.op === ImportedGraph).length > 1)
      throw new Error('A model that runs an imported graph more than once cannot be written to one file.');
    if (call) {
      this.#place(call.inputs[0]!, this.#copied!.inputs[0]!);
      this.#place(call.output, this.#copied!.outputs[0]!);
    }
    if (!this.#values.has(input)) this.#place(input, this.#writer.unique(this.#options.inputName ?? 'input'));
    if (!this.#values.has(output)) this.#place(output, this.#writer.unique(this.#options.outputName ?? 'logits'));
    return this.#values.get(input)!.name;
  }

  #place(value: GraphValue, name: string): ExportValue {
    const placed: ExportValue = { name, shape: this.#traced.shapeOf(value), dtype: value.dtype };
    this.#values.set(value, placed);
    return placed;
  }

  /** Gives a call's values their names; what is computed from constants alone becomes a constant. */
  #prepare(call: GraphCall, uses: Map<ExportValue, ExportCall[]>): void {
    const inputs = call.inputs.map((input) => this.#value(input));
    if (call.op !== ImportedGraph && inputs.every((input) => input.constant)) {
      const value = computed(
        call,
        inputs.map((input) => input.constant!),
      );
      this.#values.set(call.output, { ...value, name: this.#writer.constant(value, 'folded'), constant: value });
      return;
    }
    const output = this.#values.get(call.output) ?? this.#place(call.output, this.#writer.unique(call.op.name));
    const prepared: ExportCall = { op: call.op.name, attrs: call.attrs, inputs, output };
    this.#calls.set(call, prepared);
    for (const input of inputs) uses.set(input, [...(uses.get(input) ?? []), prepared]);
  }

  #value(value: GraphValue): ExportValue {
    const known = this.#values.get(value);
    if (known) return known;
    const held = this.#traced.graph.constants.get(value);
    if (!held) throw new Error(`Value ${value.id} is used before it is made.`);
    const constant: HostArray = {
      shape: held.shape,
      dtype: held.dtype,
      data: held.arraySync(),
    };
    const made: ExportValue = {
      ...constant,
      name: this.#writer.constant(constant, this.#paths.get(held) ?? 'constant'),
      constant,
    };
    this.#values.set(value, made);
    return made;
  }

  /** @param batch the batch's size, or what it is called where it is open */
  write(batch: string | number): Uint8Array {
    const writer = this.#writer;
    const [before, after]: [Uint8Array[], Uint8Array[]] = [[], []];
    for (const [i, call] of this.#traced.graph.calls.entries()) {
      const prepared = this.#calls.get(call);
      if (!prepared || call.op === ImportedGraph || writer.isCovered(prepared)) continue;
      const start = writer.nodes.length;
      this.#writeCall(call, prepared);
      (i < this.#importedAt ? before : after).push(...writer.nodes.slice(start));
    }
    const {
      outputs: [result],
      inputs: [given],
    } = this.#traced.graph;
    const output = this.#value(result!);
    const input = this.#value(given!);
    if (output.constant) throw new Error("The model's output does not depend on its input.");
    const open = (shape: ExportValue['shape']): (number | string)[] => shape.map((dim) => dim ?? batch);
    const initializers = writer.initializers(this.#options.externalData);
    const part = this.#part;
    const fed = this.#copied?.inputs[0] === this.#inputName;
    // What the imported graph was fed with is made by other nodes where something stands before it.
    const ports = (part?.inputs ?? []).filter((port) => fed || nameOfPort(port) !== this.#copied!.inputs[0]);
    // Before IR 4 a tensor had to be listed as an input as well.
    const listed =
      (this.#copied?.file.irVersion ?? 8) < 4
        ? initializers.map(({ name, value }) => writePort(name, value.dtype, value.shape))
        : [];
    const graph = writeGraph({
      name: part?.name || 'graft',
      nodes: [...before, ...(part?.nodes ?? []), ...after],
      initializers: [...(part?.initializers ?? []), ...initializers.map((one) => one.bytes)],
      inputs: [...(fed ? [] : [writePort(input.name, input.dtype, open(input.shape))]), ...ports, ...listed],
      outputs: [writePort(output.name, output.dtype, open(output.shape))],
      ...(part && { others: part.others }),
    });
    return wrapGraph(graph, this.#copied?.file, this.#writer.opset, this.#options);
  }

  #writeCall(call: GraphCall, prepared: ExportCall): void {
    const exporter = this.#exporters.get(call.op.name);
    const where = `The op "${call.op.name}" of ${prepared.inputs.map((input) => `"${input.name}"`).join(', ')}`;
    if (!exporter) throw new Error(`${where} has no ONNX form. Add one with a plugin (onnxExporter).`);
    if (!exporter.followsBatch && this.#traced.changes(call))
      throw new Error(
        `${where} depends on the size of the batch in a way that no ONNX graph for every batch can have.`,
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
