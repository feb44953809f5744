import { Flatten, GlobalAvgPool, type Module, type ModuleInput, Sequential } from '@graft/layers';
import {
  defaultCut,
  featureKind,
  type FeatureKind,
  importOnnx,
  mapBeforePooling,
  type OnnxFile,
  type OnnxModel,
  type OnnxOperator,
  onnxOperator,
} from '@graft/onnx';
import { type Context, didYouMean, GraftError, withCode } from '@graft/plugin';
import type { Feed, Modality, Network } from '@graft/tasks';
import { type AnyBackend, type Shape, showShape } from '@graft/tensor';
import { PooledSequence, type SequencePooling } from '@graft/transfer';
import { expectIntactWeights } from './expect-numbers.ts';
import { type FedNetwork, inputShapesOf } from './feed-of.ts';

/** A pretrained network up to its features, and how examples are fed to it. */
export interface Backbone {
  /** What reports call the model. */
  readonly name: string;
  /** From inputs to features. */
  readonly module: Module;
  /** The last feature map, where features are pooled from one: from inputs to it, and from it to features. */
  readonly map: { readonly before: Module; readonly after: Module } | undefined;
  readonly licence: string | undefined;
  readonly cut: string;
  /** How many features describe an example, and the shape they come in: [1, features], or [1, tokens, features] for the head to pool. */
  readonly features: number;
  readonly shape: Shape;
  readonly modality: Modality;
  readonly feed: Feed;
}

/** How a network becomes a backbone. */
export interface BackboneOptions extends FedNetwork {
  /** The value of the graph that the head is put on; default: what its card says, otherwise the last pooling. */
  readonly cut?: string | undefined;
  /** How a sequence becomes a vector. Default: its mean if its length is open, otherwise the head pools it. */
  readonly pool?: SequencePooling | undefined;
}

/** Cuts and pools a pretrained network. @throws if it cannot be cut */
export function openBackbone(
  context: Context,
  backend: AnyBackend,
  network: Network,
  { modality, feed, cut: chosen, pool }: BackboneOptions,
): Promise<Backbone> {
  return withCode('model.cut', network.file.name, async () => {
    const { file } = feed;
    const operators = context.all(onnxOperator);
    const shapes = (batch: number): Record<string, Shape> => inputShapesOf(feed, batch);
    const cutUp = (): { cut: string; graph: OnnxModel; features: Features } => {
      const named = chosen ?? network.card?.cutPoints[0]?.value;
      const graph = named === undefined ? cutByItself(file, operators, shapes(1)) : cutAt(file, named, operators, feed);
      return { cut: graph.outputs[0]!, graph, features: featuresOf(graph, shapes) };
    };
    const {
      cut,
      graph,
      features: { shape: features, kind },
    } = file === network.file ? cutUp() : explained(cutUp, network.file, feed);
    await expectIntactWeights(graph);
    const isOpen = Object.values(feed.inputs).some(({ shape }) => shape.some((dim) => typeof dim === 'string'));
    // A head is trained on features of one size.
    const isPooled = kind !== 'sequence' || isOpen || feed.mask !== undefined || pool !== undefined;
    const pooled = (part: Module): Module => {
      if (kind === 'map') return new Sequential(part, new GlobalAvgPool(), new Flatten());
      if (kind === 'vector') return features.length > 2 ? new Sequential(part, new Flatten()) : part;
      return isPooled ? (new PooledSequence(part, { pool, mask: feed.mask }) as Module<ModuleInput> as Module) : part;
    };
    const module = await pooled(graph as unknown as Module).to(backend);
    const width = kind === 'sequence' ? features[2]! : features[1]!;
    return {
      name: file.name,
      module,
      licence: network.card?.licence,
      map: mapOf(graph, features, shapes(1), pooled),
      cut,
      features: width,
      shape: isPooled ? [1, width] : features,
      modality,
      feed,
    };
  });
}

/** Where a cut graph ends in a map, or pools one. @param graph on its backend: its parts share what it has */
function mapOf(
  graph: OnnxModel,
  features: Shape,
  inputShapes: Record<string, Shape>,
  pooled: (part: Module) => Module,
): Backbone['map'] {
  if (features.length === 3) return undefined;
  const [, , high = 1, wide = 1] = features;
  const asModule = (part: OnnxModel): Module => part as unknown as Module;
  if (high * wide > 1) return { before: asModule(graph), after: new Sequential(new GlobalAvgPool(), new Flatten()) };
  const map = mapBeforePooling(graph, { inputShapes });
  return map === undefined ? undefined : { before: asModule(graph.cut(map)), after: pooled(graph.after(map)) };
}

/** What something gives. @throws where it fails, with what that means before the reason */
function explained<T>(make: () => T, file: OnnxFile, { inputs }: Feed): T {
  try {
    return make();
  } catch (error) {
    const [was] = file.inputs;
    const shown = (dims: readonly (number | string | null | undefined)[]): string =>
      dims.map((dim) => dim ?? '?').join('×');
    const [wanted] = Object.values(inputs);
    throw new GraftError(
      `"${file.name}" was made for ${shown(was?.shape?.slice(2) ?? [])} and does not take ${shown(wanted!.shape.slice(1))} (${(error as Error).message.replace(/\.$/, '')}). Leave the option size out.`,
      { code: 'model.size', place: file.name, cause: error },
    );
  }
}

/** @throws where the file has no such value, or one that does not depend on the inputs */
function cutAt(file: OnnxFile, cut: string, operators: readonly OnnxOperator[], { inputs }: Feed): OnnxModel {
  const values = file.nodes.flatMap((node) => node.outputs);
  if (!values.includes(cut))
    throw new Error(
      `"${file.name}" has no value "${cut}" to cut at.${didYouMean(cut, values)} The command graft inspect ${file.name} lists where.`,
    );
  const graph = importOnnx(file, { operators, outputs: [cut] });
  if (!graph.inputs.length || !graph.inputs.every((name) => Object.hasOwn(inputs, name)))
    throw new Error(
      `The value "${cut}" of "${file.name}" does not depend on the ${Object.keys(inputs).join(' and ')} alone. The command graft inspect ${file.name} lists where to cut.`,
    );
  return graph;
}

/** The output of a cut graph. */
interface Features {
  readonly shape: Shape;
  readonly kind: FeatureKind;
}

/** What comes out of a cut graph. @throws where no head can be put on it, or it takes one example at a time */
function featuresOf(graph: OnnxModel, shapes: (batch: number) => Record<string, Shape>): Features {
  const [cut, where] = [graph.outputs[0]!, `The value "${graph.outputs[0]!}" of "${graph.file.name}"`];
  const at = (batch: number): ReadonlyMap<string, Shape> =>
    graph.shapes({
      inputShapes: Object.fromEntries(Object.entries(shapes(batch)).filter(([name]) => graph.inputs.includes(name))),
    });
  const all = at(1);
  const shape = all.get(cut)!;
  const kind = featureKind(graph, cut, (value) => all.get(value));
  if (!kind)
    throw new Error(
      `${where} is ${showShape(shape)}; a head expects [batch, features], [batch, tokens, width] or [batch, channels, height, width]. Cut elsewhere with the option cut; graft inspect lists where.`,
    );
  try {
    at(2);
  } catch (error) {
    throw new Error(
      `${where} can be computed for one example at a time only (${(error as Error).message.replace(/\.$/, '')}). Cut earlier with the option cut; graft inspect lists where.`,
      { cause: error },
    );
  }
  return { shape, kind };
}

/** Up to the last pooling. @throws where the network has no value that a head could be put on */
function cutByItself(
  file: OnnxFile,
  operators: readonly OnnxOperator[],
  inputShapes: Record<string, Shape>,
): OnnxModel {
  const model = importOnnx(file, { operators });
  const best = defaultCut(model.candidateCuts({ inputShapes }));
  if (best) return model.cut(best.value); // the rest is left to the collector
  model.dispose();
  throw new Error(
    `"${file.name}" has no obvious place for a new head. Name one with the option cut; graft inspect lists the values.`,
  );
}
