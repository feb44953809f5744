import { Flatten, GlobalAvgPool, type Module, Sequential } from '@graft/layers';
import { importOnnx, type OnnxModel, onnxOperator, type OnnxSource, readModel } from '@graft/onnx';
import type { App } from '@graft/plugin';
import { type AnyBackend, scope, type Shape, zeros } from '@graft/tensor';
import type { Preprocessing } from '@graft/zoo';
import { openModel } from '@graft/zoo/node';
import { appFolder } from './app-folder.ts';

export interface BackboneOptions {
  /** A zoo model's name, or a file. */
  readonly model: string;
  /** The value to cut at; default the card's, else the last pooling. */
  readonly cut?: string | undefined;
  readonly size?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly progress?: (done: number, total: number | undefined) => void;
}

/** A pretrained network up to its features, and how images are fed to it. */
export interface Backbone {
  /** What the report calls the model. */
  readonly name: string;
  /** From images to [batch, features]. */
  readonly module: Module;
  readonly cut: string;
  readonly features: number;
  readonly preprocessing: Preprocessing;
}

/** Opens, cuts and pools a pretrained network. @throws where it cannot be found, read or cut */
export async function openBackbone(app: App, backend: AnyBackend, { model, cut, size, mean, std, progress }: BackboneOptions): Promise<Backbone> {
  const { card, bytes } = await openModel(model, { app, from: [process.cwd(), appFolder], ...(progress && { progress }) });
  const operators = app.all(onnxOperator);
  const source = { name: card?.name ?? model, model: bytes };
  const known = card?.preprocessing;
  const input = card ? undefined : fixedHeight(source);
  const side = size ?? known?.height ?? input;
  if (side === undefined) throw new Error(`"${source.name}" takes images of any size. Say which with --size, such as --size 224.`);
  const preprocessing: Preprocessing = {
    width: size ?? known?.width ?? side, height: side, channels: 3, order: known?.order ?? 'rgb',
    mean: mean ?? known?.mean ?? [0.485, 0.456, 0.406], std: std ?? known?.std ?? [0.229, 0.224, 0.225], ...(known?.polarity && { polarity: known.polarity }),
  };
  const shape: Shape = [1, preprocessing.channels, preprocessing.height, preprocessing.width];
  const value = cut ?? card?.cutPoints[0]?.value ?? lastPooling(importOnnx(source, { operators }), shape, source.name);
  const graph = importOnnx(source, { operators, outputs: [value] }).to(backend);
  const features = scope(() => graph.forward(zeros(shape, { backend }))).shape;
  if (features.length !== 2 && features.length !== 4)
    throw new Error(`The value "${value}" of "${source.name}" is [${features.join(', ')}]; a head wants [batch, features] or [batch, channels, height, width]. Cut elsewhere with --cut; graft inspect lists where.`);
  const module = features.length === 4 ? new Sequential(graph, new GlobalAvgPool(), new Flatten()) : graph;
  return { name: source.name, module, cut: value, features: features[1]!, preprocessing };
}

/** Height of the file's input, where it is fixed. */
function fixedHeight(source: OnnxSource): number | undefined {
  const height = readModel(source).inputs[0]?.shape?.[2];
  return typeof height === 'number' ? height : undefined;
}

/** The cut that a head is put on without being told: the last pooled features, else the last feature map. */
function lastPooling(model: OnnxModel, shape: Shape, name: string): string {
  const cuts = model.candidateCuts({ inputShapes: { [model.inputs[0]!]: shape } });
  model.dispose();
  const best = cuts.find(({ kind, type }) => kind === 'vector' && /pool|reducemean/i.test(type)) ?? cuts.find(({ kind }) => kind === 'map') ?? cuts[0];
  if (!best) throw new Error(`"${name}" has no value that a head could be put on by itself. Name one with --cut; graft inspect lists the values.`);
  return best.value;
}
