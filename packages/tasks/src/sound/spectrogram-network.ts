import { LogMel, type LogMelOptions } from '@graft/audio';
import { Module } from '@graft/layers';
import {
  exportOnnx,
  featureKind,
  findCut,
  freeBatch,
  importOnnx,
  type OnnxExporter,
  type OnnxFile,
  type OnnxModel,
  type OnnxOperator,
  readModel,
} from '@graft/onnx';
import {
  concat,
  gather,
  integers,
  mean,
  narrow,
  reshape,
  scope,
  type Shape,
  type Tensor,
  transpose,
  unsqueeze,
} from '@graft/tensor';
import type { MapPort } from './sound-port.ts';

/** How a network gets spectrograms of waves. */
export interface SpectrogramPlan {
  readonly mel: LogMelOptions;
  readonly port: MapPort;
  /** Whether the bands are the first of the port's two dimensions. */
  readonly bandsFirst: boolean;
  /** Samples of a clip. */
  readonly samples: number;
  /** Frames that the network gets at once. */
  readonly frames: number;
  /** The first frame of each window; one window is the usual case. */
  readonly starts: readonly number[];
}

/** A network that takes waves. */
export interface WaveNetwork {
  readonly file: OnnxFile;
  readonly input: string;
  /** The value that the head is attached to, if clips have several windows: [batch, windows, features]. */
  readonly cut?: string;
}

/** The field of {@link OnSpectrograms} with the spectrogram, which exported files have in the names of its numbers. */
const field = 'logMel';
/** Names of the input and of the features of several windows. */
const [inputName, featuresName] = ['wave', 'window_features'];

/** Names of a file's constants that belong to its spectrogram. */
export const spectrogramConstants = ({ constants }: OnnxFile): string[] =>
  [...constants.keys()].filter((name) => name.startsWith(`${field}.`));

/**
 * Puts a spectrogram in front of a network, as one ONNX file that takes waves [batch, samples].
 * @param cut where a network that gets several windows is cut; default where a new head belongs
 * @throws if the network does not run on such spectrograms, or the spectrogram's options are invalid
 */
export async function onWaves(
  given: OnnxFile,
  plan: SpectrogramPlan,
  {
    operators,
    exporters,
    cut,
  }: {
    readonly operators: readonly OnnxOperator[];
    readonly exporters: readonly OnnxExporter[];
    readonly cut?: string;
  },
): Promise<WaveNetwork> {
  const fixed = given.inputs[0]?.shape?.[0];
  const batch = typeof fixed === 'number' ? fixed : 1;
  const inputShapes = { [plan.port.name]: mapShape(plan, batch) };
  const several = plan.starts.length > 1;
  const value = several
    ? (cut ?? findCut(given, { operators, inputShapes }).value)
    : given.outputs.length > 1
      ? findCut(given, { operators, inputShapes }).output
      : given.outputs[0]!.name;
  // Windows and batches are one dimension.
  const file = typeof fixed === 'number' ? freeBatch(given, { operators, output: value, inputShapes }) : given;
  const network = importOnnx(file, { operators, outputs: [value] });
  const shapes = network.shapes({ inputShapes: { [plan.port.name]: mapShape(plan, 1) } });
  const kind = several ? featureKind(network, value, (name) => shapes.get(name)) : undefined;
  const module = new OnSpectrograms(network, plan, kind);
  try {
    const model = await exportOnnx(module, {
      inputs: { [inputName]: { shape: ['batch', plan.samples] } },
      outputName: several ? featuresName : value,
      exporters,
    });
    return { file: readModel({ name: file.name, model }), input: inputName, ...(several && { cut: featuresName }) };
  } finally {
    module.dispose();
  }
}

/** The shape of the network's input for a batch. */
function mapShape({ mel, port: { channels }, bandsFirst, frames }: SpectrogramPlan, batch: number): Shape {
  const map = bandsFirst ? [mel.mels, frames] : [frames, mel.mels];
  if (!channels) return [batch, ...map];
  return channels.axis === 1 ? [batch, channels.count, ...map] : [batch, ...map, channels.count];
}

/** A network behind a spectrogram. */
class OnSpectrograms extends Module {
  readonly logMel: LogMel;
  readonly network: OnnxModel;
  readonly plan: SpectrogramPlan;
  readonly kind: ReturnType<typeof featureKind>;

  constructor(network: OnnxModel, plan: SpectrogramPlan, kind: ReturnType<typeof featureKind>) {
    super();
    this.logMel = new LogMel(plan.mel);
    this.network = network;
    this.plan = plan;
    this.kind = kind;
  }

  override forward(x: Tensor): Tensor {
    return scope(() => {
      const { starts } = this.plan;
      const features = (this.network as unknown as Module).forward(this.#map(this.logMel.forward(x)));
      if (starts.length === 1) return features;
      const vectors = this.#vectors(features);
      return reshape(vectors, [x.shape[0]!, starts.length, vectors.shape.slice(1).reduce((a, b) => a * b, 1)]);
    });
  }

  /** [batch, bands, frames] as the network takes it, with the windows of an example one after another. */
  #map(bands: Tensor): Tensor {
    const { starts, frames, bandsFirst, port } = this.plan;
    const [batch, count] = bands.shape as [number, number, number];
    const framed =
      starts.length > 1
        ? reshape(
            gather(
              transpose(bands, [0, 2, 1]),
              integers(starts.flatMap((start) => Array.from({ length: frames }, (_, i) => start + i))),
              1,
            ),
            [batch * starts.length, frames, count],
          )
        : narrow(bands, 2, 0, frames);
    // One window has its bands first, several have their frames first.
    const map = bandsFirst === starts.length > 1 ? transpose(framed, [0, 2, 1]) : framed;
    if (!port.channels) return map;
    const { axis, count: channels } = port.channels;
    const one = unsqueeze(map, [axis]);
    return channels === 1 ? one : concat(Array<Tensor>(channels).fill(one), axis);
  }

  /** The features of each window as a vector. */
  #vectors(features: Tensor): Tensor {
    const axes = features.shape.map((_, axis) => axis);
    if (this.kind === 'map') return mean(features, axes.slice(2));
    return this.kind === 'channelsLast' || this.kind === 'sequence' ? mean(features, axes.slice(1, -1)) : features;
  }
}
