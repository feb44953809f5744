import { Flatten, GlobalAvgPool, type Module, type ModuleInput, Sequential } from '@graft/layers';
import {
  findCut,
  featureKind,
  type FeatureKind,
  importOnnx,
  type MainCut,
  mapBeforePooling,
  type OnnxFile,
  type OnnxModel,
  type OnnxOperator,
  onnxOperator,
  type Untrainable,
  untrainable,
} from '@graft/onnx';
import { type Context, didYouMean, GraftError, withCode } from '@graft/plugin';
import type { Feed, Modality, Network } from '@graft/tasks';
import { type AnyBackend, type Shape, showShape } from '@graft/tensor';
import { ChannelsFirst, InBatches, PooledSequence, type SequencePooling } from '@graft/transfer';
import { anyBatch, fixedBatchOf } from './any-batch.ts';
import { expectIntactWeights } from './expect-numbers.ts';
import { expectRuns } from './expect-runs.ts';
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
  /** The only size of batches that the network takes; undefined if it takes any. */
  readonly batch: number | undefined;
  /** The value of the graph at which the network was cut. */
  readonly cut: string;
  /** Number of features per example, and their shape: [1, features], or [1, tokens, features] if the head pools them. */
  readonly features: number;
  readonly shape: Shape;
  readonly modality: Modality;
  readonly feed: Feed;
  /** What cannot be trained in it. */
  readonly untrainable: Untrainable;
  /** Sentences about how the network is used that a user should know. */
  readonly notes: readonly string[];
}

/** Options of {@link openBackbone}. */
export interface BackboneOptions extends FedNetwork {
  /** The value of the graph that the head is attached to. Default: the cut point of the model's card, otherwise the value that the last layer of the network reads. */
  readonly cut?: string | undefined;
  /** The output whose layers are used; default the one that depends on the most weights. */
  readonly output?: string | undefined;
  /** How a sequence is pooled. Default: its class token if it has one, its mean if its length is dynamic, otherwise the head pools it. */
  readonly pool?: SequencePooling | undefined;
}

/** Cuts and pools a pretrained network, and runs it once. @throws if it cannot be cut, or a node cannot run */
export function openBackbone(
  context: Context,
  backend: AnyBackend,
  network: Network,
  { modality, feed, cut: chosen, output, pool }: BackboneOptions,
): Promise<Backbone> {
  return withCode('model.cut', network.file.name, async () => {
    const { file } = feed;
    const operators = context.all(onnxOperator);
    const shapes = (batch: number): Record<string, Shape> => inputShapesOf(feed, batch);
    const cutUp = (): { main: MainCut | undefined; graph: OnnxModel; features: Features } => {
      const named = chosen ?? feed.cut ?? network.card?.cutPoints[0]?.value;
      const main = named === undefined ? defaultCut(network, operators, feed, output) : undefined;
      const graph = main
        ? importOnnx(file, { operators, outputs: [main.value] })
        : cutAt(file, named!, operators, feed);
      return { main, graph, features: featuresOf(graph, shapes(batchOf(graph))) };
    };
    const {
      main,
      graph: original,
      features: { shape: features, kind },
    } = isResized(network, feed) ? explained(cutUp, network.file, feed) : cutUp();
    const { graph: freed, batch, reason } = await anyBatch(original, { operators, backend, feed });
    const fixed = untrainable(freed, { inputShapes: shapes(batchOf(freed)) });
    const frozen = [...fixed.weights, ...(feed.frozen ?? [])];
    const graph = frozen.length ? freed.withUntrainable(frozen) : freed;
    const cut = graph.outputs[0]!;
    const pooling = pool ?? main?.pool;
    await expectIntactWeights(graph);
    const isOpen = Object.values(feed.inputs).some(({ shape }) => shape.some((dim) => typeof dim === 'string'));
    // Heads expect features of a fixed size.
    const isPooled = kind !== 'sequence' || isOpen || feed.mask !== undefined || pooling !== undefined;
    const pooled = (part: Module): Module => {
      if (kind === 'map') return new Sequential(part, new GlobalAvgPool(), new Flatten());
      if (kind === 'channelsLast') return new Sequential(part, new ChannelsFirst(), new GlobalAvgPool(), new Flatten());
      if (kind === 'vector') return features.length > 2 ? new Sequential(part, new Flatten()) : part;
      return isPooled
        ? (new PooledSequence(part, { pool: pooling, mask: feed.mask }) as Module<ModuleInput> as Module)
        : part;
    };
    const parts = (part: Module): Module =>
      batch === undefined ? pooled(part) : (new InBatches(pooled(part), { batch }) as Module<ModuleInput> as Module);
    const module = await parts(graph as unknown as Module).to(backend);
    await expectRuns(module, { name: file.name, feed, shapes: shapes(batch ?? 1), batch: batch ?? 1, backend });
    const width = kind === 'sequence' || kind === 'channelsLast' ? features.at(-1)! : features[1]!;
    return {
      name: file.name,
      module,
      licence: network.card?.licence,
      // A map is drawn for one example at a time.
      map: batch === undefined || batch === 1 ? mapOf(graph, { shape: features, kind }, shapes(1), pooled) : undefined,
      batch,
      cut,
      features: width,
      shape: isPooled ? [1, width] : features,
      modality,
      feed,
      untrainable: fixed,
      notes: [
        ...(main ? notesOn(main, file.name) : []),
        ...(batch === undefined
          ? []
          : [
              `"${file.name}" only takes batches of ${batch} (${(reason ?? '').replace(/\.$/, '')}), so examples are computed ${batch === 1 ? 'one by one' : `${batch} at a time`}, which is slower, and so does the exported model.`,
            ]),
      ],
    };
  });
}

/** Splits a graph at its last feature map, if it has one. @param graph must be on its backend already, because its parts share its weights */
function mapOf(
  graph: OnnxModel,
  { shape, kind }: Features,
  inputShapes: Record<string, Shape>,
  pooled: (part: Module) => Module,
): Backbone['map'] {
  if (shape.length === 3) return undefined;
  const asModule = (part: OnnxModel): Module => part as unknown as Module;
  const after = (): Module => new Sequential(new GlobalAvgPool(), new Flatten());
  if (kind === 'channelsLast') return { before: new Sequential(asModule(graph), new ChannelsFirst()), after: after() };
  if (kind === 'map') return { before: asModule(graph), after: after() };
  const map = mapBeforePooling(graph, { inputShapes });
  if (map === undefined) return undefined;
  let rest: OnnxModel;
  try {
    rest = graph.after(map);
  } catch {
    return undefined; // what follows also reads the size of the inputs
  }
  return { before: asModule(graph.cut(map)), after: pooled(rest) };
}

/** Whether a network is fed images of another size than its file was made for. A batch axis may have been added. */
const isResized = ({ file }: Network, feed: Feed): boolean =>
  file !== feed.file &&
  feed.file.inputs.some(({ name, shape }) => {
    const before = file.inputs.find((one) => one.name === name)?.shape;
    return before !== undefined && before.slice(-3).join() !== shape?.slice(-3).join();
  });

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

/** The batch for which a graph's shapes are computed: the one it was exported for, or one example. */
const batchOf = ({ file, inputs }: OnnxModel): number =>
  fixedBatchOf({ inputs: file.inputs.filter(({ name }) => inputs.includes(name)) }) ?? 1;

/** Shape and kind of a cut graph's output for one example. @throws if no head can be attached to it */
function featuresOf(graph: OnnxModel, inputShapes: Record<string, Shape>): Features {
  const [cut, where] = [graph.outputs[0]!, `The value "${graph.outputs[0]!}" of "${graph.file.name}"`];
  const all = graph.shapes({
    inputShapes: Object.fromEntries(Object.entries(inputShapes).filter(([name]) => graph.inputs.includes(name))),
  });
  const shape = all.get(cut)!;
  const kind = featureKind(graph, cut, (value) => all.get(value));
  if (!kind)
    throw new Error(
      `${where} has the shape ${showShape(shape)}, but a head expects [batch, features], [batch, tokens, width] or [batch, channels, height, width]. Choose another value with the option cut; graft inspect lists them.`,
    );
  const batch = batchOf(graph);
  if (shape[0] !== batch)
    throw new Error(
      `${where} has the shape ${showShape(shape)} for a batch of ${batch}, but a head expects features with the batch first. Choose another value with the option cut; graft inspect lists them.`,
    );
  return { shape: [1, ...shape.slice(1)], kind };
}

/** Least fraction of the layers before a classifier's head that a cut keeps without being chosen. */
const leastKept = 0.8;

/** Finds where the head belongs. @throws if there is no such value, or most of the network would be lost */
function defaultCut(
  network: Network,
  operators: readonly OnnxOperator[],
  feed: Feed,
  output: string | undefined,
): MainCut {
  const { file } = feed;
  const outputs = file.outputs.map(({ name }) => name);
  if (output !== undefined && !outputs.includes(output))
    throw new Error(
      `"${file.name}" has no output "${output}".${didYouMean(output, outputs)} Its outputs are ${outputs.slice(0, 16).join(', ')}.`,
    );
  const main = findCut(file, {
    operators,
    output,
    inputShapes: inputShapesOf(feed, fixedBatchOf(file) ?? 1),
    sequences: feed.mask !== undefined,
    strict: isResized(network, feed), // a node that does not work with another size is not skipped
  });
  if (main.network === 'dense' || main.kept >= leastKept) return main;
  const why =
    main.obstacle === undefined ? '' : `, because the rest cannot be run (${main.obstacle.replace(/\.$/, '')})`;
  throw new Error(
    `"${file.name}" could be cut at "${main.value}", but that keeps only ${percent(main.kept)} of the weights before its head${why}. Confirm it with the option cut set to "${main.value}", or choose another one that graft inspect lists.`,
  );
}

function notesOn({ network, value, kept, output }: MainCut, name: string): string[] {
  return network === 'dense'
    ? [
        `"${name}" predicts for each place of its input in "${output}", so only its backbone up to "${value}" is used, which has ${percent(kept)} of the weights. Choose another value with the option cut.`,
      ]
    : [];
}

const percent = (fraction: number): string => `${Math.round(100 * fraction)} %`;
