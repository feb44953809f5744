import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** Describes a pretrained model: its file, its preprocessing, and its cut points. */
export interface ModelCard extends Named {
  /** Lowercase letters, digits, dots and dashes. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** SPDX expression, such as `Apache-2.0`. */
  readonly licence: string;
  /** Author and origin of the model. */
  readonly origin: string;
  /** The file's address, with the scheme of a {@link ModelSource}: `npm:name@version/path`, `pypi:name==version/path`, `hf:owner/repository/path`, `https://…`, `file:…`. */
  readonly source: string;
  /** Length of the file in bytes. */
  readonly bytes: number;
  /** SHA-256 of the file, in lowercase hexadecimal. */
  readonly sha256: string;
  /** The architecture of a file that holds weights alone, such as a PyTorch checkpoint; by default the file is an ONNX network. */
  readonly architecture?: string;
  /** Files that belong to the model, such as `tokenizer.json`. */
  readonly companions?: readonly CardFile[];
  /** Version of the ONNX operator set. */
  readonly opset: number;
  /** Number of parameters, if known. */
  readonly parameters?: number;
  readonly input: ModelInput;
  /** Preprocessing, for image models. */
  readonly preprocessing?: Preprocessing;
  /** Settings of the modality `sound`, for networks of sounds: the options of `soundModality`, such as the rate and the mel spectrogram. The modality checks them. */
  readonly sound?: object;
  /** Labels of the pretrained model's outputs, in order. */
  readonly labels?: readonly string[];
  /** Values to which a new head can be attached, best first; if empty, the last pooling is used. */
  readonly cutPoints: readonly CutPoint[];
  /** Whether the model was run, cut and compared with onnxruntime, or with PyTorch if it has an architecture; false for files that this version does not know, whatever their card says. */
  readonly verified: boolean;
}

/** A file next to a model. */
export interface CardFile {
  readonly name: string;
  readonly source: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  /** `[batch, channels, height, width]` for images; a string names a dynamic dimension. */
  readonly shape: readonly (number | string)[];
  /** Default `float32`. */
  readonly dtype?: 'float32' | 'int64' | 'uint8';
}

/** Preprocessing of images: resizing, then `(value / 255 − mean) / std` per channel. */
export interface Preprocessing {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The order of the three channels. */
  readonly order: 'rgb' | 'bgr';
  /** One value per channel; a card may have a single value for all channels. */
  readonly mean: readonly number[];
  /** One value per channel; a card may have a single value for all channels. */
  readonly std: readonly number[];
  /**
   * How an image gets the size of the input: `crop` scales its shorter side to `shortestSide` and cuts out the centre; `squash` scales the whole image,
   * whatever its proportions; `pad` scales the whole image in proportion and adds bars of the mean colour. Default: the centre of photographs, otherwise the whole image.
   */
  readonly resize?: 'crop' | 'squash' | 'pad';
  /** Length of the shorter side of the scaled image, of which the centre is used; default that of the input. */
  readonly shortestSide?: number;
  /** The interpolation that scales images, as in Pillow; default `bilinear`. */
  readonly kernel?: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
  /** Whether the model expects dark text on light or light on dark; omitted if irrelevant. */
  readonly polarity?: 'darkOnLight' | 'lightOnDark';
  /** Where the network has the channels of its input: before height and width, or last; default `nchw`. */
  readonly layout?: 'nchw' | 'nhwc';
  /** The type of the input's values in the file; default `float32`. With `uint8`, mean 0 and std 1/255 give the pixels themselves. */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16' | 'uint8';
}

/** A value in the graph at which a model can be cut. */
export interface CutPoint {
  /** Name of the value in the ONNX graph. */
  readonly value: string;
  /** Number of channels of the value. */
  readonly features: number;
  /** How to pool `[batch, features, height, width]` to `[batch, features]`; `none` if it already has that shape. */
  readonly pooling: 'globalAverage' | 'none';
}

/** The extension point for model cards. */
export const modelCard: ExtensionPoint<ModelCard> = extensionPoint(
  'model',
  'the option "model" of a run, and graft models',
);
