import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** What is known about a pretrained model: where it is, how it is fed, and where to cut it. */
export interface ModelCard extends Named {
  /** Small letters, digits, dots and dashes. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** SPDX expression, such as `Apache-2.0`. */
  readonly licence: string;
  /** Whose work it is and where it comes from. */
  readonly origin: string;
  /** Its address, with a scheme that a {@link ModelSource} has: `npm:name@version/path`, `hf:owner/repository/path`, `https://…`, `file:…`. */
  readonly source: string;
  /** Length of the file. */
  readonly bytes: number;
  /** SHA-256 of the file, in small hexadecimal digits. */
  readonly sha256: string;
  /** Version of the ONNX operator set. */
  readonly opset: number;
  /** Numbers it learned, where known. */
  readonly parameters?: number;
  readonly input: ModelInput;
  /** Where it takes images. */
  readonly preprocessing?: Preprocessing;
  /** What its own outputs stand for, in order. */
  readonly labels?: readonly string[];
  /** Values after which a new head may go, the best first; where there are none, the last pooling is taken. */
  readonly cutPoints: readonly CutPoint[];
  /** Whether it was run, cut and compared with onnxruntime. */
  readonly verified: boolean;
}

/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  /** `[batch, channels, height, width]` for images; a text names a size that is free. */
  readonly shape: readonly (number | string)[];
  /** `float32` unless told. */
  readonly dtype?: 'float32' | 'int64';
}

/** How an image becomes the model's input: scaled to a size, then `(value / 255 − mean) / std`, channel by channel. */
export interface Preprocessing {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The order of three channels. */
  readonly order: 'rgb' | 'bgr';
  /** One number for each channel; a card may have one for all. */
  readonly mean: readonly number[];
  /** One number for each channel; a card may have one for all. */
  readonly std: readonly number[];
  /** Whether it knows dark figures on a light ground or the opposite; left out where it does not matter. */
  readonly polarity?: 'darkOnLight' | 'lightOnDark';
}

/** Where a model can be cut. */
export interface CutPoint {
  /** Name of the value in the ONNX graph. */
  readonly value: string;
  /** Channels of that value. */
  readonly features: number;
  /** How `[batch, features, height, width]` becomes `[batch, features]`; `none` where it has that shape. */
  readonly pooling: 'globalAverage' | 'none';
}

/** Model cards, by name. */
export const modelCard: ExtensionPoint<ModelCard> = extensionPoint('model');
