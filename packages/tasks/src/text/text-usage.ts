import type { ModelUsage } from '../modality.ts';
import type { TextPreprocessing } from './text-preprocessing.ts';

/** What goes into a model of texts, and a script that runs it with onnxruntime. Only numbers are inserted: no name becomes code. */
export function textUsage({ maxLength, fixed, padding, tokenizer }: TextPreprocessing, print: string): ModelUsage {
  const tokens = `${fixed ? '' : 'up to '}${maxLength} tokens`;
  if (tokenizer !== undefined)
    return {
      inputs: `Texts as ${tokens}, from the tokenizer of a plugin`,
      script: `// The tokenizer belongs to a plugin: predict with Graft.
import { pipeline } from '@graft/graft/node';

const predict = await pipeline('.');
console.log(await predict(process.argv[2]));`,
    };
  return {
    inputs: `Texts as ${tokens}, from tokenizer.json`,
    script: `// npm install onnxruntime-node @huggingface/tokenizers; node predict.mjs "a text"
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-node';

const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {});
const encoded = tokenizer.encode(process.argv[2], { return_token_type_ids: true });
// Longer texts are truncated before the last token, which usually marks the end.
const truncated = (list) => (list.length <= ${maxLength} ? list : [...list.slice(0, ${maxLength - 1}), list.at(-1)]);
const ids = truncated(encoded.ids);
const length = ${fixed ? String(maxLength) : 'ids.length'};
const padded = (list, fill) => [...list, ...Array(length - list.length).fill(fill)];
const values = {
  input_ids: padded(ids, ${padding}),
  attention_mask: padded(ids.map(() => 1), 0),
  token_type_ids: padded(truncated(encoded.token_type_ids), 0),
};
const session = await ort.InferenceSession.create('model.onnx');
const feeds = Object.fromEntries(session.inputMetadata.map(({ name, type }) => [name, type === 'int32'
  ? new ort.Tensor('int32', Int32Array.from(values[name]), [1, length])
  : new ort.Tensor('int64', BigInt64Array.from(values[name], BigInt), [1, length])]));
const [{ data: outputs }] = Object.values(await session.run(feeds));
const labels = readFileSync('labels.txt', 'utf8').replace(/\\n$/, '').split('\\n');
${print}`,
  };
}
