import type { Collate, Examples, Labelled, SourceExample, Transform } from '@graft/data';
import type { AnyBatch } from '@graft/data';
import type { OnnxFile } from '@graft/onnx';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Exhibit, Label } from '@graft/report';
import type { Shape } from '@graft/tensor';
import type { ModelCard } from '@graft/zoo';
import type { Objective } from './objective.ts';

/** A pretrained network before its head is removed. */
export interface Network {
  /** Its card, if it is a zoo model. */
  readonly card: ModelCard | undefined;
  readonly file: OnnxFile;
  /** Whether its weights are random. */
  readonly untrained?: boolean;
  /** Sentences on how its weights were read. */
  readonly notes?: readonly string[];
  /** Reads a file next to the model, such as `tokenizer.json`; returns undefined if it does not exist. Not set if the model is a single file. @throws if the file cannot be read */
  companion?(name: string): Promise<Uint8Array | undefined>;
}

/** Evidence for one example: [height, width] from 0 to 1 for a feature map; [tokens] from −1 to 1 for a text, where negative values contradict the prediction. */
export interface Heat {
  readonly values: Float32Array;
  readonly shape: Shape;
}

/** An input of a network for one example. */
export interface FedInput {
  /** The shape without the batch dimension; a string names a dynamic dimension. */
  readonly shape: readonly (number | string)[];
  readonly dtype: 'float32' | 'uint8' | 'int64' | 'int32' | 'bool';
}

/** A 64-bit hash of an example, in two halves. */
export type Fingerprint = readonly [upper: number, lower: number];

/** Prepares examples of a modality as inputs of a network. */
export interface Feed<Input = unknown, Ready = unknown> {
  /** Everything needed to feed the exported model, as plain JSON. It is saved with the model. */
  readonly preprocessing: object;
  /** Files to write next to `model.onnx`, by name, such as `tokenizer.json`. */
  readonly companions?: Readonly<Record<string, Uint8Array>>;
  /** What the network receives and why, on one line. */
  readonly description?: string;
  /** Other ways to feed the network that nothing rules out; they differ in preprocessing and `collate` alone. */
  readonly alternatives?: readonly Feed<Input, Ready>[];
  /** Assumptions about what the model does not specify, one sentence each. */
  readonly assumptions: readonly string[];
  /** The network, changed if necessary, for example for another input size. */
  readonly file: OnnxFile;
  /** The network's inputs by name. */
  readonly inputs: Readonly<Record<string, FedInput>>;
  /** Sizes to assume for the dynamic dimensions of `inputs` when shapes are computed, by name; default 16. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** The value of `file` that the head is attached to, if the feed decides it; the option `cut` comes first. */
  readonly cut?: string;
  /** Names of constants of `file` that are never trained, such as the filters of a spectrogram. */
  readonly frozen?: readonly string[];
  /** The input [batch, tokens] that is 1 for tokens and 0 for padding, which pooling ignores. */
  readonly mask?: string;
  /** Reads an example into memory. @throws an error with one sentence that names the example */
  read(input: Input): Promise<Ready>;
  /** Augmentation and preparation for training. The result is ready for a batch. */
  readonly training: Transform<Ready>;
  /** Deterministic preparation for evaluation and prediction. */
  readonly evaluation: Transform<Ready>;
  readonly collate: Collate<Labelled<Ready, Label>, AnyBatch>;
  /** The size of an example in memory, used to limit caching. */
  bytesOf(ready: Ready): number;
  /** A hash that differs in few bits for examples that look the same, such as copies of an image at another size; undefined for one that is too plain to tell. */
  fingerprint?(ready: Ready): Fingerprint | undefined;
  /** Whether two examples with similar fingerprints do look the same. */
  looksSame?(one: Ready, other: Ready): boolean;
  /** Shows an example in human-readable form. */
  show(input: Input): Promise<Exhibit>;
  /** Shows an example as the network sees it, with the evidence for its prediction highlighted. @param place the example's index in the batch */
  overlay?(batch: AnyBatch, place: number, heat: Heat): Promise<Exhibit>;
}

/** How to use an exported model without Graft, for its model card. */
export interface ModelUsage {
  /** A description of the inputs. */
  readonly inputs: string;
  /** A script that runs the model with onnxruntime. */
  readonly script: string;
  /** How its predictions differ from Graft's, as a clause: `it resizes differently`. */
  readonly difference?: string;
}

/** A kind of example, such as images, and how to feed it to a network. */
export interface Modality<Input = unknown, Ready = unknown> extends Named {
  /** The word for examples: `image`, `images`. */
  readonly noun: readonly [one: string, many: string];
  /** File name extensions of examples, in lower case with the dot. */
  readonly extensions: readonly string[];
  /** Whether a file without an extension is an example, by its first 32 bytes; by default none is. */
  readonly recognises?: (head: Uint8Array) => boolean;
  /** The input of an example from a data source; `examples.reading` has the columns that the user names. @throws an error whose message continues a sentence that starts with the example's place */
  inputOf(example: SourceExample, examples: Examples): Input;
  /** Converts a value to predict, such as a file, bytes, pixels or a text. @throws if the value is of another kind */
  inputFrom(value: unknown): Input;
  /** The input's name in messages. */
  nameOf(input: Input): string;
  /**
   * Creates the feed of a network.
   * @throws `WrongModality` if the network takes another kind of input, or an error with the reason why it cannot be fed; both are one sentence that starts with
   * the network's name in quotes
   */
  feed(network: Network, objective: Objective): Promise<Feed<Input, Ready>>;
  /** Creates the feed of an exported model from its saved preprocessing. @throws if the preprocessing is invalid */
  restore(preprocessing: unknown, network: Network, objective: Objective): Promise<Feed<Input, Ready>>;
  /** For the model card: describes the inputs, and generates a script that runs the model with onnxruntime. @param print a line of JavaScript that prints a prediction from `outputs` and `labels` */
  usage(preprocessing: object, objective: Pick<Objective, 'preserves'>, print: string): ModelUsage;
}

/** A modality that configurations can create by name. */
export interface ModalityType extends Named {
  create(options?: object, context?: Context): Modality;
}

/** The extension point for modalities. */
export const modality: ExtensionPoint<ModalityType> = extensionPoint(
  'modality',
  'the option "modality" of a run; by default the modality that can feed the network and read the data',
);
