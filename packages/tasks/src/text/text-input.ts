import type { OnnxFile } from '@graft/onnx';
import { WrongModality } from '../wrong-modality.ts';

/** The inputs of a network that reads tokens. */
export interface TextInput {
  /** Names of the inputs, from `input_ids`, `attention_mask` and `token_type_ids`. */
  readonly names: readonly string[];
  readonly dtype: 'int64' | 'int32';
  /** Number of tokens, if the file fixes it. */
  readonly length: number | undefined;
}

const known = ['input_ids', 'attention_mask', 'token_type_ids'];

/**
 * Reads from an ONNX file how it takes texts.
 * @throws if it takes something other than token numbers [batch, tokens]; the error says what it takes
 */
export function textInput({ inputs, name: file }: OnnxFile): TextInput {
  const refuse = (why: string): never => {
    throw new WrongModality(
      `"${file}" ${why}. A network of texts takes integers [batch, tokens] in input_ids, attention_mask and token_type_ids.`,
    );
  };
  const names = inputs.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) return refuse(`has an input "${unknown}"`);
  if (!names.includes('input_ids')) return refuse(`has no input "input_ids"`);
  const [{ dtype }] = inputs as [(typeof inputs)[number]];
  const lengths = new Set<number>();
  for (const { name, dtype: own, shape } of inputs) {
    if ((own !== 'int64' && own !== 'int32') || own !== dtype)
      return refuse(`takes ${own} values in its input "${name}"`);
    if (shape && shape.length !== 2)
      return refuse(`takes [${shape.map((dim) => dim ?? '?').join(', ')}] in its input "${name}"`);
    const length = shape?.[1];
    if (typeof length === 'number' && length > 0) lengths.add(length);
  }
  if (lengths.size > 1)
    throw new Error(
      `"${file}" takes inputs of different lengths (${[...lengths].join(', ')}). Export it with one length.`,
    );
  return { names, dtype: dtype as TextInput['dtype'], length: [...lengths][0] };
}
