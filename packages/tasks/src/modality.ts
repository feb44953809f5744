import type { Collate, Examples, Labelled, SourceExample, Transform } from '@graft/data';
import type { AnyBatch } from '@graft/data';
import type { OnnxFile } from '@graft/onnx';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Exhibit, Label, Picture } from '@graft/report';
import type { ModelCard } from '@graft/zoo';
import type { Objective } from './objective.ts';

/** A pretrained network, before it is cut. */
export interface Network {
  /** Its card, where it is a zoo model. */
  readonly card: ModelCard | undefined;
  readonly file: OnnxFile;
}

/** An input of a network for one example. */
export interface FedInput {
  /** Without the batch; a name where the length is open. */
  readonly shape: readonly (number | string)[];
  readonly dtype: 'float32' | 'int64' | 'int32' | 'bool';
}

/** How examples of one modality become the inputs of one network. */
export interface Feed<Input = unknown, Ready = unknown> {
  /** All that has to be known to feed the exported model, as plain JSON. It travels with the model. */
  readonly preprocessing: object;
  /** Sentences about what was assumed because nothing says it. */
  readonly assumptions: readonly string[];
  /** The network, changed for what it is fed, such as another input size. */
  readonly file: OnnxFile;
  /** Each input by name. */
  readonly inputs: Readonly<Record<string, FedInput>>;
  /** Reads an example into memory. @throws with one sentence that names the example */
  read(input: Input): Promise<Ready>;
  /** Random changes for training; what comes out is ready for a batch. */
  readonly training: Transform<Ready>;
  /** The same every time, for evaluation and prediction. */
  readonly evaluation: Transform<Ready>;
  readonly collate: Collate<Labelled<Ready, Label>, AnyBatch>;
  /** Bytes that an example takes in memory, so many are not kept. */
  bytesOf(ready: Ready): number;
  /** An example as a person sees it. */
  show(input: Input): Promise<Exhibit>;
  /** A batch's example as the network sees it, bright where a map of evidence is. @param heat [height, width] from 0 to 1 */
  overlay?(
    batch: AnyBatch,
    place: number,
    heat: { readonly values: Float32Array; readonly shape: readonly [high: number, wide: number] },
  ): Promise<Picture>;
}

/** One kind of example, such as images, and how networks are fed with it. */
export interface Modality<Input = unknown, Ready = unknown> extends Named {
  /** What examples are called: `image`, `images`. */
  readonly noun: readonly [one: string, many: string];
  /** Endings of files that are examples, in lower case with the dot. */
  readonly extensions: readonly string[];
  /** What an example of a source is made of. @throws what is wrong with it, as the rest of a sentence that begins with its place */
  inputOf(example: SourceExample, examples: Examples): Input;
  /** What a caller gave to be predicted: a file, bytes, pixels, a text. @throws where it is nothing of the kind */
  inputFrom(value: unknown): Input;
  /** What messages call an input. */
  nameOf(input: Input): string;
  /** How it would feed a network. @throws why it cannot, in one sentence */
  feed(network: Network, objective: Objective): Feed<Input, Ready>;
  /** The feed of an exported model, from what travels with it. @throws where that is damaged */
  restore(preprocessing: unknown, file: OnnxFile, objective: Objective): Feed<Input, Ready>;
  /** A part of the model card: what goes in, and a script that feeds the model with onnxruntime. @param print a line that prints a prediction from `outputs` and `labels` */
  usage(
    preprocessing: object,
    objective: Pick<Objective, 'preserves'>,
    print: string,
  ): { readonly inputs: string; readonly script: string };
}

/** A kind of modality that can be made from its options. */
export interface ModalityType extends Named {
  create(options?: object, context?: Context): Modality;
}

/** Kinds of examples, by name. */
export const modality: ExtensionPoint<ModalityType> = extensionPoint(
  'modality',
  'the option "modality" of a run; without it the first one that can feed the network',
);
