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
import { kindOf } from './collections.ts';
import { layerGroupsOf } from './layer-groups.ts';
import type { OnnxFile, OnnxNode } from './proto/read-model.ts';
import { inferShapes, type ShapeOptions } from './infer-shapes.ts';

/** A node of an imported graph, and the node of the file it stands for. */
export interface OnnxGraphNode extends GraphNode {
  readonly source: OnnxNode;
}

export interface OnnxModelOptions extends GraphModuleOptions {
  readonly nodes: readonly OnnxGraphNode[];
}

/** Takes an imported graph's place where its ops are not to be seen one by one; keyed by the backend of one of its inputs. Takes them in the graph's order. */
export const standIns = new WeakMap<AnyBackend, (model: OnnxModel, inputs: readonly Tensor[]) => Tensor>();

/** An ONNX file as a module: its values and weights under the file's own names, its nodes in the file's order. */
export class OnnxModel extends GraphModule {
  declare readonly nodes: readonly OnnxGraphNode[];
  /** What it was imported from; export copies from it. */
  readonly file: OnnxFile;

  constructor(file: OnnxFile, options: OnnxModelOptions) {
    super(options);
    this.file = file;
  }

  /** The version of ONNX's operator set that the file uses. */
  get opset(): number {
    return this.file.opsets.get('')!;
  }

  /**
   * Every output by name, from every input by name.
   * @throws where an input is missing or of another dtype than the file says, with the inputs there are; where a node fails, with its name
   */
  override call(inputs: ReadonlyMap<string, Tensor>, run: Run = inference): Map<string, Tensor> {
    for (const [name, tensor] of inputs) this.checkDType(name, tensor);
    const standIn = [...inputs.values()].map(({ backend }) => standIns.get(backend)).find(Boolean);
    if (!standIn || this.inputs.some((name) => !inputs.has(name))) return super.call(inputs, run);
    const given = this.inputs.map((name) => inputs.get(name)!);
    return new Map([[this.outputs[0]!, standIn(this, given)]]);
  }

  private checkDType(name: string, tensor: Tensor): void {
    const { dtype } = tensor;
    const port = this.inputs.includes(name) && this.file.inputs.find((one) => one.name === name);
    // Floats of another width are computed with as they are; texts and sequences only look like tensors.
    if (
      !port ||
      port.dtype === dtype ||
      kindOf(tensor) !== 'tensor' ||
      (isFloat(dtype) && isFloat(port.dtype as DType))
    )
      return;
    const all = this.file.inputs.filter((one) => this.inputs.includes(one.name));
    throw new Error(
      `Input "${name}" expects ${port.dtype} values, got ${dtype}. The graph's inputs are ${all.map((one) => `${one.name} (${one.dtype})`).join(', ')}.`,
    );
  }

  /**
   * The part that computes one value. Its parameters are shared with this model.
   * @throws where there is no such value, with the nearest name
   */
  override cut(value: string): OnnxModel {
    return new OnnxModel(this.file, this.partFor([value]) as OnnxModelOptions);
  }

  /**
   * The part that goes on from one value to the outputs. Its parameters are shared with this model.
   * @throws where there is no such value, or the outputs need more than it
   */
  override after(value: string): OnnxModel {
    return new OnnxModel(this.file, this.partAfter(value) as OnnxModelOptions);
  }

  /** Weights by depth, from the modules' names in node and weight names; by downsampling where names say nothing. */
  override layerGroups(): readonly LayerGroup[] {
    return layerGroupsOf(this);
  }

  /** The shape of every value for one input size. @throws where a node does not fit */
  shapes(options: ShapeOptions = {}): Map<string, readonly number[]> {
    return new Map([...inferShapes(this, options)].map(([name, { shape }]) => [name, shape]));
  }

  /** Values after which the graph goes on from nothing else: where a new head can be put, the last first. */
  candidateCuts(options: ShapeOptions = {}): readonly CandidateCut[] {
    return candidateCuts(this, options);
  }
}
