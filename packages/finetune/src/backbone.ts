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

/** A pretrained network up to its features, with the preprocessing of its inputs. */
export interface Backbone {
  /** The model's name in reports. */
  readonly name: string;
  /** Computes features from inputs. */
  readonly module: Module;
  /** If features are pooled from a feature map: modules from inputs to the last map, and from that map to features. */
  readonly map: { readonly before: Module; readonly after: Module } | undefined;
  readonly licence: string | undefined;
  /** The value of the graph at which the network was cut. */
  readonly cut: string;
  /** Number of features per example, and their shape: [1, features], or [1, tokens, features] if the head pools them. */
  readonly features: number;
  readonly shape: Shape;
  readonly modality: Modality;
  readonly feed: Feed;
}

/** Options of {@link openBackbone}. */
export interface BackboneOptions extends FedNetwork {
  /** The value of the graph that the head is attached to. Default: the cut point of the model's card, otherwise the last pooling. */
  readonly cut?: string | undefined;
  /** How a sequence is pooled. Default: its mean if its length is dynamic, otherwise the head pools it. */
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
      const graph =
        named === undefined ? cutAtDefault(file, operators, shapes(1)) : cutAt(file, named, operators, feed);
      return { cut: graph.outputs[0]!, graph, features: featuresOf(graph, shapes) };
    };
    const {
      cut,
      graph,
      features: { shape: features, kind },
    } = file === network.file ? cutUp() : explained(cutUp, network.file, feed);
    await expectIntactWeights(graph);
    const isOpen = Object.values(feed.inputs).some(({ shape }) => shape.some((dim) => typeof dim === 'string'));
    // Heads expect features of a fixed size.
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

/** Splits a graph at its last feature map, if it has one. @param graph must be on its backend already, because its parts share its weights */
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

/** Cuts a network whose input was resized. @throws an error that blames the size if that fails */
function explained<T>(make: () => T, file: OnnxFile, { inputs }: Feed): T {
  try {
    return make();
  } catch (error) {
    const [original] = file.inputs;
    const shown = (dims: readonly (number | string | null | undefined)[]): string =>
      dims.map((dim) => dim ?? '?').join('×');
    const [resized] = Object.values(inputs);
    throw new GraftError(
      `"${file.name}" has the input size ${shown(original?.shape?.slice(2) ?? [])} and does not work with ${shown(resized!.shape.slice(1))} (${(error as Error).message.replace(/\.$/, '')}). Omit the option size.`,
      { code: 'model.size', place: file.name, cause: error },
    );
  }
}

/** @throws if the file has no such value, or it does not depend on the inputs alone */
function cutAt(file: OnnxFile, cut: string, operators: readonly OnnxOperator[], { inputs }: Feed): OnnxModel {
  const values = file.nodes.flatMap((node) => node.outputs);
  if (!values.includes(cut))
    throw new Error(
      `"${file.name}" has no value "${cut}" to cut at.${didYouMean(cut, values)} Run graft inspect ${file.name} to list the possible cuts.`,
    );
  const graph = importOnnx(file, { operators, outputs: [cut] });
  if (!graph.inputs.length || !graph.inputs.every((name) => Object.hasOwn(inputs, name)))
    throw new Error(
      `The value "${cut}" of "${file.name}" does not depend on the ${Object.keys(inputs).join(' and ')} alone. Run graft inspect ${file.name} to list the possible cuts.`,
    );
  return graph;
}

/** The output of a cut graph. */
interface Features {
  readonly shape: Shape;
  readonly kind: FeatureKind;
}

/** Shape and kind of a cut graph's output. @throws if no head can be attached to it, or the graph only works for one example at a time */
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
      `${where} has the shape ${showShape(shape)}, but a head expects [batch, features], [batch, tokens, width] or [batch, channels, height, width]. Choose another value with the option cut; graft inspect lists them.`,
    );
  try {
    at(2);
  } catch (error) {
    throw new Error(
      `${where} can only be computed for one example at a time (${(error as Error).message.replace(/\.$/, '')}). Choose an earlier value with the option cut; graft inspect lists them.`,
      { cause: error },
    );
  }
  return { shape, kind };
}

/** Cuts after the last pooling. @throws if there is no value that a head could be attached to */
function cutAtDefault(
  file: OnnxFile,
  operators: readonly OnnxOperator[],
  inputShapes: Record<string, Shape>,
): OnnxModel {
  const model = importOnnx(file, { operators });
  const best = defaultCut(model.candidateCuts({ inputShapes }));
  if (best) return model.cut(best.value); // the garbage collector frees the rest
  model.dispose();
  throw new Error(
    `"${file.name}" has no obvious place for a new head. Choose a value with the option cut; graft inspect lists them.`,
  );
}
