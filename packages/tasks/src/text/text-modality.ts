import {
  type AnyBatch,
  createTransforms,
  type ExampleFile,
  exampleFileOf,
  type NamedBatch,
  type Row,
  textCell,
  type Transform,
  type TransformConfig,
  withLabels,
} from '@graft/data';
import { importOnnx, onnxOperator } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import type { Highlight } from '@graft/report';
import type { Tokenizer } from '@graft/text';
import type { Feed, Modality, Network } from '../modality.ts';
import { modalityType } from '../modality-type.ts';
import { givenPathColumn } from '../path-column.ts';
import { embeddingRows } from './embedding-rows.ts';
import { readsSame, textFingerprint } from './text-fingerprint.ts';
import { textInput } from './text-input.ts';
import { isTextPreprocessing, mostTokens, type TextPreprocessing } from './text-preprocessing.ts';
import { textUsage } from './text-usage.ts';

/** Options of {@link textModality}; defaults come from the network's files. */
export interface TextOptions {
  /** Maximum number of tokens; longer texts are truncated. Default: what the tokenizer or config.json says, at most 256. */
  readonly maxLength?: number;
  /** A registered tokenizer by name, or an object with its name and options; default: the `tokenizer.json` beside the model. */
  readonly tokenizer?: TransformConfig;
  /** The column of a table that holds the texts; default `text`, for examples given in code `input`. */
  readonly textColumn?: string;
  /** Random changes in training, such as `randomDeletion`; default none. */
  readonly transforms?: readonly TransformConfig[];
}

/** A text, and its name in messages. */
interface GivenText {
  readonly name: string;
  readonly text: string;
}
const isGivenText = (value: unknown): value is GivenText =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string' && 'name' in value;

/** A text in a file, or in memory. */
type TextInput = ExampleFile | GivenText;

const textExtension = '.txt';
/** Default maximum number of tokens. The cost of attention grows with its square. */
const usualLength = 256;
/** Maximum number of characters to tokenize, more than {@link mostTokens} tokens usually have. */
const mostCharacters = 2 ** 17;
/** Maximum size of a text file in bytes. Only its first {@link mostCharacters} are used, so a larger file is not an example. */
const mostBytes = 2 ** 24;
/** Maximum length of a text's name in messages. */
const shownCharacters = 40;
/** Maximum size of a `config.json` in bytes. */
const mostConfigBytes = 2 ** 20;

/** Creates the text modality: texts from files or columns, tokenized and padded to the longest text of a batch. */
export function textModality(options: TextOptions, context: Context): Modality<TextInput, string> {
  const { textColumn, transforms = [] } = options;
  if (options.maxLength !== undefined && !isLength(options.maxLength))
    throw new Error(
      `The option maxLength of the modality text must be from 1 to ${mostTokens}, got ${options.maxLength}.`,
    );
  const feedWith = async (
    network: Network,
    preprocessing: TextPreprocessing,
    { tokenizer, json }: Loaded,
    assumptions: readonly string[],
  ): Promise<Feed<TextInput, string>> => {
    const { textBatch } = await import('@graft/text');
    const { names, dtype } = textInput(network.file);
    const { maxLength, fixed, padding } = preprocessing;
    const collate = withLabels(
      textBatch(tokenizer, { inputs: names, dtype, padding, ...(fixed ? { length: maxLength } : { maxLength }) }),
    );
    const shape = [fixed ? maxLength : 'sequence'];
    const evaluation: Transform<string> = (text) => text;
    const training = transforms.length ? createTransforms<string>(context, transforms, 'text') : evaluation;
    return {
      preprocessing,
      ...(json && { companions: { 'tokenizer.json': json } }),
      assumptions,
      file: network.file,
      inputs: Object.fromEntries(names.map((name) => [name, { shape, dtype }])),
      sizes: { sequence: Math.min(maxLength, 8) },
      ...(names.includes('attention_mask') && { mask: 'attention_mask' }),
      read: readText,
      training,
      evaluation,
      collate,
      bytesOf: (text) => 2 * text.length,
      fingerprint: textFingerprint,
      looksSame: readsSame,
      show: async (input) => ({ text: await readText(input) }),
      overlay: async (batch, place, { values }) => ({
        highlights: highlightsOf(tokenizer, idsOf(batch, place), values),
      }),
    };
  };
  return {
    name: 'text',
    noun: ['text', 'texts'],
    extensions: [textExtension],
    inputOf({ place, file, fields }, examples) {
      if (file) return file;
      const { pathColumn, textColumn: chosen = textColumn } = examples.reading ?? {};
      if (pathColumn !== undefined) return examples.file(textCell(fields, pathColumn, 'pathColumn'));
      const listed = chosen === undefined ? textFileOf(fields) : undefined;
      if (listed !== undefined) return examples.file(listed);
      const column = chosen ?? (Object.hasOwn(fields, 'input') && !Object.hasOwn(fields, 'text') ? 'input' : 'text');
      return { name: place, text: textCell(fields, column, 'textColumn') };
    },
    inputFrom(value) {
      if (typeof value === 'string') return { name: shortened(value), text: value };
      if (isGivenText(value)) return value;
      const file = exampleFileOf(value, 'the text');
      if (file) return file;
      throw new Error('Expected a text. Pass a string, the bytes of a text file, or a Blob.');
    },
    nameOf: ({ name }) => name,
    async feed(network) {
      const { names, length: fixedLength } = textInput(network.file);
      const loaded = await load(context, network, options.tokenizer);
      const { maxLength: trained, padding = 0 } = loaded.tokenizer;
      const masked = names.includes('attention_mask');
      const requested = fixedLength ?? options.maxLength ?? Math.min(trained ?? usualLength, usualLength);
      const positions =
        (await positionsOf(network)) ?? (fixedLength === undefined ? longest(context, network, requested) : undefined);
      const maxLength =
        options.maxLength === undefined && fixedLength === undefined
          ? Math.min(requested, positions ?? Infinity)
          : requested;
      if (!isLength(maxLength))
        throw new Error(`"${network.file.name}" takes ${maxLength} tokens, and at most ${mostTokens} are supported.`);
      if (positions !== undefined && maxLength > positions)
        throw new Error(
          `"${network.file.name}" takes at most ${positions} tokens, and the option maxLength of the modality text is ${maxLength}. Lower it.`,
        );
      if (fixedLength !== undefined && options.maxLength !== undefined && options.maxLength !== fixedLength)
        throw new Error(
          `"${network.file.name}" takes ${fixedLength} tokens, and the option maxLength of the modality text is ${options.maxLength}. Leave it out.`,
        );
      const assumptions =
        masked || fixedLength !== undefined
          ? []
          : [
              `"${network.file.name}" has no attention_mask, so texts are padded to ${maxLength} tokens, and padding affects the predictions.`,
            ];
      const preprocessing: TextPreprocessing = {
        maxLength,
        fixed: fixedLength !== undefined || !masked,
        padding,
        ...(options.tokenizer !== undefined && { tokenizer: options.tokenizer }),
      };
      return feedWith(network, preprocessing, loaded, assumptions);
    },
    async restore(preprocessing, network) {
      if (!isTextPreprocessing(preprocessing))
        throw new Error('does not say under "preprocessing" how texts are fed to the model');
      return feedWith(network, preprocessing, await load(context, network, preprocessing.tokenizer), []);
    },
    usage: (preprocessing, _, print) => textUsage(preprocessing as TextPreprocessing, print),
  };
}

/** The file that a row without a text names. */
function textFileOf(fields: Row): string | undefined {
  if (Object.hasOwn(fields, 'text') || Object.hasOwn(fields, 'input')) return undefined;
  const column = givenPathColumn(Object.keys(fields));
  const path = column === undefined ? undefined : fields[column];
  return typeof path === 'string' && path.toLowerCase().endsWith(textExtension) ? path : undefined;
}

/** The text modality, which configurations create by its name `text`. */
export const textType = modalityType<TextOptions>('text', textModality, {
  maxLength: 'number',
  tokenizer: 'any',
  textColumn: 'string',
  transforms: 'any',
});

/** The numbers of an example's tokens. */
function idsOf(batch: AnyBatch, place: number): number[] {
  const { data, shape } = (batch as NamedBatch).inputs['input_ids']!;
  const width = shape[1]!;
  return Array.from(data.subarray(place * width, (place + 1) * width) as ArrayLike<number | bigint>, Number);
}

/** The text that each token adds, with the evidence for it. Padding and special tokens add none. */
function highlightsOf(tokenizer: Tokenizer, ids: readonly number[], weights: Float32Array): Highlight[] {
  let before = '';
  return ids.flatMap((_, i) => {
    const text = tokenizer.decode(ids.slice(0, i + 1));
    const added = text.startsWith(before) ? text.slice(before.length) : '';
    if (added) before = text;
    return added ? [{ text: added, weight: weights[i]! }] : [];
  });
}

interface Loaded {
  readonly tokenizer: Tokenizer;
  /** The contents of its `tokenizer.json`. */
  readonly json?: Uint8Array;
}

/** Loads the network's tokenizer. @throws if there is none, or it has more tokens than the network embeds */
async function load(context: Context, network: Network, config: TransformConfig | undefined): Promise<Loaded> {
  const loaded = await loadUnchecked(context, network, config);
  const [{ size }, rows] = [loaded.tokenizer, embeddingRows(network.file)];
  if (rows !== undefined && size > rows)
    throw new Error(
      `The ${loaded.json ? 'tokenizer.json' : 'tokenizer'} has token numbers up to ${size - 1}, but the network "${network.file.name}" has embeddings for ${rows} tokens only. Use the tokenizer that was published with the network.`,
    );
  return loaded;
}

async function loadUnchecked(context: Context, network: Network, config: TransformConfig | undefined): Promise<Loaded> {
  const { createTokenizer, tokenizer: tokenizerPoint } = await import('@graft/text');
  if (config !== undefined) {
    const { name, ...options } = typeof config === 'string' ? { name: config } : config;
    return { tokenizer: context.get(tokenizerPoint, name).create(options, context) };
  }
  const json = await network.companion?.('tokenizer.json');
  if (!json)
    throw new Error(
      `"${network.file.name}" has no tokenizer.json beside it, so texts cannot be tokenized. Put the file that was published with the network there, or set the option tokenizer of the modality text.`,
    );
  try {
    return { tokenizer: createTokenizer(new TextDecoder().decode(json)), json };
  } catch (error) {
    throw new Error(`The tokenizer of "${network.file.name}" cannot be used. ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The maximum number of tokens from the `config.json` beside the network; undefined if there is none. */
async function positionsOf(network: Network): Promise<number | undefined> {
  const bytes = await network.companion?.('config.json');
  if (!bytes || bytes.length > mostConfigBytes) return undefined;
  try {
    const { max_position_embeddings: most, model_type: type } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly max_position_embeddings?: unknown;
      readonly model_type?: unknown;
    };
    if (!isLength(most)) return undefined;
    // RoBERTa's positions start after the padding index, which is 1.
    return typeof type === 'string' && /roberta|camembert/.test(type) ? most - 2 : most;
  } catch {
    return undefined; // not a Hugging Face configuration
  }
}

/** The largest number of tokens, at most `most`, that the network's shapes allow; its position embeddings usually limit it. */
function longest(context: Context, { file }: Network, most: number): number | undefined {
  const model = importOnnx(file, { operators: context.all(onnxOperator) });
  const accepts = (length: number): boolean => {
    try {
      model.shapes({ inputShapes: Object.fromEntries(model.inputs.map((name) => [name, [1, length]])) });
      return true;
    } catch {
      return false;
    }
  };
  try {
    if (accepts(most)) return most;
    let [least, above] = [0, most];
    while (above - least > 1) {
      const middle = (least + above) >> 1;
      if (accepts(middle)) least = middle;
      else above = middle;
    }
    return least || undefined; // if no length works, cutting the network reports why
  } finally {
    model.dispose();
  }
}

async function readText(input: TextInput): Promise<string> {
  const text = ('text' in input ? input.text : await textOf(input)).slice(0, mostCharacters).trim();
  if (!text) throw new Error(`"${input.name}" is empty.`);
  return text;
}

/** @throws if the file is too large, or not a text */
async function textOf(file: ExampleFile): Promise<string> {
  const bytes = await file.bytes(mostBytes);
  if (bytes.length > mostBytes)
    throw new Error(`"${file.name}" has ${bytes.length} bytes, and at most ${mostBytes} are supported.`);
  return decoded(bytes, file.name);
}

function decoded(bytes: Uint8Array, name: string): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error(`"${name}" is not a text in UTF-8 or UTF-16. Save it as UTF-8.`, { cause: error });
  }
}

const isLength = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= mostTokens;

const shortened = (text: string): string =>
  text.length > shownCharacters ? `${text.slice(0, shownCharacters - 1)}…` : text;
