import {
  GraphModule,
  type GraphModuleOptions,
  type GraphNode,
  inference,
  type LayerGroup,
  type Run,
} from '@graft/layers';
import { type AnyBackend, type DType, isFloat, type Tensor } from '@graft/tensor';
import { type CandidateCut, candidateCuts } from './candidate-cuts.ts';
import { kindOf, shared } from './collections.ts';
import { layerGroupsOf } from './layer-groups.ts';
import type { OnnxFile, OnnxNode, ValuePort } from './proto/read-model.ts';
import { holding, smallTypeNamed } from './proto/small-types.ts';
import { inferShapes, type ShapeOptions } from './infer-shapes.ts';
import { widened } from './widen-halves.ts';
import { mostRuns, mostTracedRuns, withinBudget } from './work-budget.ts';

/** A node of an imported graph, and the corresponding node of the file. */
export interface OnnxGraphNode extends GraphNode {
  readonly source: OnnxNode;
}

export interface OnnxModelOptions extends GraphModuleOptions {
  readonly nodes: readonly OnnxGraphNode[];
  /** Whether float16 and bfloat16 values keep their dtype; by default they are computed in float32. */
  readonly keepsHalves?: boolean;
  /** Names of weights that stay frozen and are in no layer group. */
  readonly untrainable?: ReadonlySet<string>;
}

/** Replaces an imported graph when its ops must stay a unit; keyed by the backend of one of its inputs. Takes inputs in the graph's order. */
export const standIns = new WeakMap<AnyBackend, (model: OnnxModel, inputs: readonly Tensor[]) => Tensor>();

/** An ONNX file as a module: its values and weights under the file's own names, its nodes in the file's order. */
export class OnnxModel extends GraphModule {
  declare readonly nodes: readonly OnnxGraphNode[];
  /** The file it was imported from; export copies from it. */
  readonly file: OnnxFile;
  /** Whether float16 and bfloat16 values keep their dtype; if not, the model takes, holds and returns float32 in their place. */
  readonly keepsHalves: boolean;
  /** Names of weights that no gradient reaches: they stay frozen and are in no layer group. */
  readonly untrainable: ReadonlySet<string>;
  /** The file's inputs by name. */
  private readonly ports: ReadonlyMap<string, ValuePort>;

  constructor(file: OnnxFile, options: OnnxModelOptions) {
    super(options);
    this.file = file;
    this.keepsHalves = options.keepsHalves ?? false;
    this.untrainable = options.untrainable ?? new Set();
    for (const name of this.untrainable) {
      const parameter = this.weights.get(name);
      if (parameter) parameter.frozen = true;
    }
    this.ports = new Map(file.inputs.map((port) => [port.name, port]));
  }

  /** The version of ONNX's operator set that the file uses. */
  get opset(): number {
    return this.file.opsets.get('')!;
  }

  /**
   * Computes all outputs by name, from all inputs by name.
   * @throws if an input is missing or has the wrong dtype (the error lists the inputs), or a node fails (the error names it)
   */
  override call(given: ReadonlyMap<string, Tensor>, run: Run = inference): Map<string, Tensor> {
    for (const [name, tensor] of given) this.checkDType(name, tensor);
    const inputs = new Map(
      [...given].map(([name, x]) => [name, this.typed(name, this.keepsHalves ? x : widened(x))] as const),
    );
    const standIn = [...inputs.values()].map(({ backend }) => standIns.get(backend)).find(Boolean);
    if (!standIn || this.inputs.some((name) => !inputs.has(name))) {
      const isTraced = [...inputs.values()].some(({ backend }) => backend.trace);
      const work = { runs: isTraced ? mostTracedRuns : mostRuns, elements: Infinity };
      return withinBudget(work, () => super.call(inputs, run));
    }
    return new Map([
      [
        this.outputs[0]!,
        standIn(
          this,
          this.inputs.map((name) => inputs.get(name)!),
        ),
      ],
    ]);
  }

  protected override isUnused(name: string): boolean {
    return this.ports.has(name);
  }

  /** An input of a type smaller than any dtype carries it to the nodes that read it. */
  private typed(name: string, x: Tensor): Tensor {
    const small = smallTypeNamed(this.ports.get(name)?.dtype ?? '');
    return small && kindOf(x) === 'tensor' ? holding(shared(x), small) : x;
  }

  private checkDType(name: string, tensor: Tensor): void {
    const { dtype } = tensor;
    const port = this.needs(name) && this.ports.get(name);
    // Values of 2 to 8 bits are held in a larger type.
    const held = port && (smallTypeNamed(port.dtype)?.dtype ?? (port.dtype as DType));
    // Floats of another width are used as they are; texts and sequences are only wrapped as tensors.
    if (!held || kindOf(tensor) !== 'tensor' || held === dtype || (isFloat(dtype) && isFloat(held))) return;
    const all = this.file.inputs.filter((one) => this.needs(one.name));
    throw new Error(
      `Input "${name}" expects ${port.dtype} values, got ${dtype}. The graph's inputs are ${all.map((one) => `${one.name} (${one.dtype})`).join(', ')}.`,
    );
  }

  /**
   * The part of the graph that computes one value. Parameters are shared with this model.
   * @throws if there is no such value; the error suggests the nearest name
   */
  override cut(value: string): OnnxModel {
    return this.part(this.partFor([value]));
  }

  /**
   * The rest of the graph after one value. Parameters are shared with this model.
   * @throws if there is no such value, or the outputs also depend on another one
   */
  override after(value: string): OnnxModel {
    return this.part(this.partAfter(value));
  }

  /** The same graph with weights that stay frozen, such as those that {@link untrainable} finds. Parameters are shared with this model. */
  withUntrainable(weights: Iterable<string>): OnnxModel {
    return new OnnxModel(this.file, {
      ...(this.partFor(this.outputs) as OnnxModelOptions),
      inputs: this.inputs,
      keepsHalves: this.keepsHalves,
      untrainable: new Set(weights),
    });
  }

  private part(options: GraphModuleOptions): OnnxModel {
    const { keepsHalves, untrainable } = this;
    return new OnnxModel(this.file, { ...(options as OnnxModelOptions), keepsHalves, untrainable });
  }

  /** Weights grouped by depth, from module names in node and weight names, or by downsampling if names are not informative. */
  override layerGroups(): readonly LayerGroup[] {
    return layerGroupsOf(this);
  }

  /** The shape of every value for one input size. @throws if a node does not accept its inputs */
  shapes(options: ShapeOptions = {}): Map<string, readonly number[]> {
    return new Map([...inferShapes(this, options)].map(([name, { shape }]) => [name, shape]));
  }

  /** Values from which alone the rest is computed: where a new head can be attached, last first. */
  candidateCuts(options: ShapeOptions = {}): readonly CandidateCut[] {
    return candidateCuts(this, options);
  }
}
