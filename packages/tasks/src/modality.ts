import type { Collate, Examples, Labelled, SourceExample, Transform } from '@graft/data';
import type { AnyBatch } from '@graft/data';
import type { OnnxFile } from '@graft/onnx';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Exhibit, Label } from '@graft/report';
import type { Shape } from '@graft/tensor';
import type { ModelCard } from '@graft/zoo';
import type { Objective } from './objective.ts';

/** A pretrained network before it is cut. */
export interface Network {
  /** Its card, if it is a zoo model. */
  readonly card: ModelCard | undefined;
  readonly file: OnnxFile;
  /** Whether its weights are random. */
  readonly untrained?: boolean;
  /** Reads a file beside the model, such as `tokenizer.json`; undefined if there is none. Missing if the model is a single file. @throws if it cannot be read */
  companion?(name: string): Promise<Uint8Array | undefined>;
}

/** A map of evidence for one example, from 0 to 1: [height, width] for a feature map, [tokens] for a sequence. */
export interface Heat {
  readonly values: Float32Array;
  readonly shape: Shape;
}

/** An input of a network for one example. */
export interface FedInput {
  /** Without the batch dimension; a string names an open dimension. */
  readonly shape: readonly (number | string)[];
  readonly dtype: 'float32' | 'int64' | 'int32' | 'bool';
}

/** How examples of one modality become the inputs of one network. */
export interface Feed<Input = unknown, Ready = unknown> {
  /** Everything needed to feed the exported model, as plain JSON. It travels with the model. */
  readonly preprocessing: object;
  /** Files that travel with the model, by name, such as `tokenizer.json`. They are written beside `model.onnx`. */
  readonly companions?: Readonly<Record<string, Uint8Array>>;
  /** Assumptions about what the model does not specify, one sentence each. */
  readonly assumptions: readonly string[];
  /** The network, changed if necessary, for example for another input size. */
  readonly file: OnnxFile;
  /** Each input by name. */
  readonly inputs: Readonly<Record<string, FedInput>>;
  /** The size of each open dimension of `inputs` where shapes are computed, by its name; default 16. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** The input that is 1 for tokens and 0 for padding, [batch, tokens]. Sequences are pooled over tokens only. */
  readonly mask?: string;
  /** Reads an example into memory. @throws one sentence that names the example */
  read(input: Input): Promise<Ready>;
  /** Random changes for training. The result is ready for a batch. */
  readonly training: Transform<Ready>;
  /** Deterministic preparation for evaluation and prediction. */
  readonly evaluation: Transform<Ready>;
  readonly collate: Collate<Labelled<Ready, Label>, AnyBatch>;
  /** Bytes that an example takes in memory, to bound how many are kept. */
  bytesOf(ready: Ready): number;
  /** An example as a person sees it. */
  show(input: Input): Promise<Exhibit>;
  /** An example of a batch as the network sees it, highlighted by evidence for its prediction. @param place the example's index in the batch */
  overlay?(batch: AnyBatch, place: number, heat: Heat): Promise<Exhibit>;
}

/** How an exported model is used without Graft, for its card. */
export interface ModelUsage {
  /** The inputs in words. */
  readonly inputs: string;
  /** A script that runs the model with onnxruntime. */
  readonly script: string;
  /** How its predictions differ from Graft's, as a clause: `it resizes differently`. */
  readonly difference?: string;
}

/** One kind of example, such as images, and how it becomes a network's inputs. */
export interface Modality<Input = unknown, Ready = unknown> extends Named {
  /** What examples are called: `image`, `images`. */
  readonly noun: readonly [one: string, many: string];
  /** File name extensions of examples, in lower case with the dot. */
  readonly extensions: readonly string[];
  /** The input of a source's example. @throws the rest of a sentence that begins with the example's place */
  inputOf(example: SourceExample, examples: Examples): Input;
  /** The input from a value to predict: a file, bytes, pixels, a text. @throws if the value is of another kind */
  inputFrom(value: unknown): Input;
  /** The input's name in messages. */
  nameOf(input: Input): string;
  /** Plans how to feed a network. @throws `WrongModality` if the network takes something else, or why it cannot be fed, in one sentence that begins with its name in quotes */
  feed(network: Network, objective: Objective): Promise<Feed<Input, Ready>>;
  /** The feed of an exported model, from what travels with it. @throws if that is damaged */
  restore(preprocessing: unknown, network: Network, objective: Objective): Promise<Feed<Input, Ready>>;
  /** Part of the model card: the inputs in words, and a script that runs the model with onnxruntime. @param print a line that prints a prediction from `outputs` and `labels` */
  usage(preprocessing: object, objective: Pick<Objective, 'preserves'>, print: string): ModelUsage;
}

/** A modality that configurations create by name. */
export interface ModalityType extends Named {
  create(options?: object, context?: Context): Modality;
}

/** The extension point for modalities. */
export const modality: ExtensionPoint<ModalityType> = extensionPoint(
  'modality',
  'the option "modality" of a run; without it the one that can feed the network and read the data',
);
