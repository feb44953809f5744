import { perChannel } from '@graft/data';
import { Flatten, GlobalAvgPool, type Module, Sequential } from '@graft/layers';
import {
  defaultCut,
  importOnnx,
  mapBeforePooling,
  type OnnxFile,
  type OnnxModel,
  type OnnxOperator,
  onnxOperator,
  resizeOnnxInput,
} from '@graft/onnx';
import { type App, didYouMean } from '@graft/plugin';
import { type AnyBackend, type Shape, showShape } from '@graft/tensor';
import type { Preprocessing } from '@graft/zoo';
import { imageInput } from './image-input.ts';
import { openNetwork } from './open-network.ts';
import { isPreprocessing } from './preprocessing.ts';

export interface BackboneOptions {
  /** A zoo model's name, or a file. */
  readonly model: string;
  /** The value to cut at; default the card's, else the last pooling. */
  readonly cut?: string | undefined;
  readonly size?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  /** Hears of a download. */
  readonly progress?: (done: number, total: number | undefined) => void;
}

/** A pretrained network up to its features, and how images are fed to it. */
export interface Backbone {
  /** What the report calls the model. */
  readonly name: string;
  /** From images to [batch, features]. */
  readonly module: Module;
  /** The last feature map, where features are pooled from one: from images to it, and from it to features. */
  readonly map: { readonly before: Module; readonly after: Module } | undefined;
  readonly licence: string | undefined;
  readonly cut: string;
  readonly features: number;
  readonly preprocessing: Preprocessing;
  /** What nobody said and was taken to be as for ImageNet. */
  readonly assumed: readonly ('mean' | 'std')[];
}

/** Opens, cuts and pools a pretrained network. @throws where it cannot be found, read, fed with images or cut */
export async function openBackbone(app: App, backend: AnyBackend, options: BackboneOptions): Promise<Backbone> {
  const { card, file: opened } = await openNetwork(app, options.model, options.progress);
  const operators = app.all(onnxOperator);
  const { preprocessing, assumed } = preprocessingOf(opened, card?.preprocessing, options);
  const { side } = imageInput(opened);
  const resized = side !== undefined && side !== preprocessing.height;
  const file = resized ? resizeOnnxInput(opened, preprocessing) : opened;
  const shape: Shape = [1, preprocessing.channels, preprocessing.height, preprocessing.width];
  const cutUp = (): { cut: string; graph: OnnxModel; features: Shape } => {
    const named = options.cut ?? card?.cutPoints[0]?.value;
    const graph = named === undefined ? cutByItself(file, operators, shape) : cutAt(file, named, operators);
    return { cut: graph.outputs[0]!, graph, features: featuresOf(graph, shape) };
  };
  const { cut, graph, features } = resized
    ? explained(
        cutUp,
        `"${file.name}" was made for images of ${side}×${side} and does not take ${preprocessing.width}×${preprocessing.height}`,
      )
    : cutUp();
  const pooled = (part: Module): Module =>
    features.length === 4 ? new Sequential(part, new GlobalAvgPool(), new Flatten()) : part;
  const module = await pooled(graph).to(backend);
  return {
    name: file.name,
    module,
    licence: card?.licence,
    map: mapOf(graph, features, shape, pooled),
    cut,
    features: features[1]!,
    preprocessing,
    assumed,
  };
}

/** Where a cut graph ends in a map, or pools one. @param graph on its backend: its parts share what it has */
function mapOf(graph: OnnxModel, features: Shape, shape: Shape, pooled: (part: Module) => Module): Backbone['map'] {
  const [, , high = 1, wide = 1] = features;
  if (high * wide > 1) return { before: graph, after: new Sequential(new GlobalAvgPool(), new Flatten()) };
  const map = mapBeforePooling(graph, { inputShapes: { [graph.inputs[0]!]: shape } });
  return map === undefined ? undefined : { before: graph.cut(map), after: pooled(graph.after(map)) };
}

/** What something gives. @throws where it fails, with what that means before the reason */
function explained<T>(make: () => T, meaning: string): T {
  try {
    return make();
  } catch (error) {
    throw new Error(`${meaning} (${(error as Error).message.replace(/\.$/, '')}). Leave --size out.`, { cause: error });
  }
}

/** @throws where the file has no such value, or one that does not depend on the image */
function cutAt(file: OnnxFile, cut: string, operators: readonly OnnxOperator[]): OnnxModel {
  const values = file.nodes.flatMap((node) => node.outputs);
  if (!values.includes(cut))
    throw new Error(
      `"${file.name}" has no value "${cut}" to cut at.${didYouMean(cut, values)} The command graft inspect ${file.name} lists where.`,
    );
  const graph = importOnnx(file, { operators, outputs: [cut] });
  if (graph.inputs.length !== 1)
    throw new Error(
      `The value "${cut}" of "${file.name}" does not depend on the image. The command graft inspect ${file.name} lists where to cut.`,
    );
  return graph;
}

/** The shape of what comes out of a cut graph. @throws where no head can be put on it, or it takes one image at a time */
function featuresOf(graph: OnnxModel, [, ...image]: Shape): Shape {
  const [cut, where] = [graph.outputs[0]!, `The value "${graph.outputs[0]!}" of "${graph.file.name}"`];
  const at = (batch: number): Shape =>
    graph.shapes({ inputShapes: { [graph.inputs[0]!]: [batch, ...image] } }).get(cut)!;
  const shape = at(1);
  if (shape.length !== 2 && shape.length !== 4)
    throw new Error(
      `${where} is ${showShape(shape)}; a head wants [batch, features] or [batch, channels, height, width]. Cut elsewhere with --cut; graft inspect lists where.`,
    );
  try {
    at(2);
  } catch (error) {
    throw new Error(
      `${where} can be computed for one image at a time only (${(error as Error).message.replace(/\.$/, '')}). Cut earlier with --cut; graft inspect lists where.`,
      { cause: error },
    );
  }
  return shape;
}

/** What the caller says, else the card, else what graft wrote into the file, else what the input's shape says and ImageNet's numbers. */
function preprocessingOf(
  file: OnnxFile,
  card: Preprocessing | undefined,
  { size, mean, std }: BackboneOptions,
): Pick<Backbone, 'preprocessing' | 'assumed'> {
  const input = imageInput(file);
  const known = card ?? written(file);
  if (known && known.width !== known.height)
    throw new Error(
      `"${file.name}" is fed with images ${known.width} wide and ${known.height} high, and graft feeds squares. Choose their side with --size.`,
    );
  const side = size ?? known?.height ?? input.side;
  if (side === undefined)
    throw new Error(`"${file.name}" takes images of any size. Say which with --size, such as --size 224.`);
  if (size === undefined && input.side !== undefined && side !== input.side)
    throw new Error(
      `"${file.name}" takes images of ${input.side}×${input.side}, not ${side}×${side}, as what describes it says. Choose with --size.`,
    );
  const channels = known?.channels ?? input.channels;
  const given = { mean: mean ?? known?.mean, std: std ?? known?.std };
  for (const [option, list] of Object.entries(given))
    if (list && list.length !== 1 && list.length !== channels)
      throw new Error(
        `"${file.name}" takes images of ${channels} channel${channels === 1 ? '' : 's'}, and --${option} has ${list.length} numbers. Give one, or one for each.`,
      );
  const imagenet =
    channels === 3 ? { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } : { mean: [0.449], std: [0.226] };
  return {
    preprocessing: {
      width: side,
      height: side,
      channels,
      order: known?.order ?? 'rgb',
      mean: perChannel(given.mean ?? imagenet.mean, channels, 'mean'),
      std: perChannel(given.std ?? imagenet.std, channels, 'std'),
      ...(known?.polarity && { polarity: known.polarity }),
    },
    assumed: (['mean', 'std'] as const).filter((option) => given[option] === undefined),
  };
}

/** How a model that graft exported says it is fed. */
function written({ metadata }: OnnxFile): Preprocessing | undefined {
  try {
    const value: unknown = JSON.parse(metadata.get('preprocessing') ?? 'null');
    return isPreprocessing(value) ? value : undefined;
  } catch {
    return undefined; // another tool's text under the same key
  }
}

/** Up to the last pooling. @throws where the network has no value that a head could be put on */
function cutByItself(file: OnnxFile, operators: readonly OnnxOperator[], shape: Shape): OnnxModel {
  const model = importOnnx(file, { operators });
  const best = defaultCut(model.candidateCuts({ inputShapes: { [model.inputs[0]!]: shape } }));
  if (best) return model.cut(best.value); // the rest is left to the collector
  model.dispose();
  throw new Error(
    `"${file.name}" has no value that a head could be put on by itself. Name one with --cut; graft inspect lists the values.`,
  );
}
