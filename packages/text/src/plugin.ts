import { transform } from '@graft/data';
import {
  type Context,
  apiVersion,
  configurable,
  definePlugin,
  type ExtensionPoint,
  extensionPoint,
  type Named,
  type Plugin,
} from '@graft/plugin';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';
import { randomDeletion, randomSwap } from './word-noise.ts';

/** A tokenizer type that configurations can create by name. */
export interface TokenizerType extends Named {
  create(options?: object, context?: Context): Tokenizer;
}

/** The extension point for tokenizers. */
export const tokenizer: ExtensionPoint<TokenizerType> = extensionPoint(
  'tokenizer',
  'the option "tokenizer" of the modality "text"',
);

/** What `@graft/text` adds to an app. */
const text: Plugin = definePlugin({
  name: '@graft/text',
  apiVersion,
  requires: ['@graft/data'],
  contributes: [
    transform({ ...configurable('randomDeletion', randomDeletion, { share: 'number' }), modality: 'text' }),
    transform({ ...configurable('randomSwap', randomSwap, { share: 'number' }), modality: 'text' }),
    tokenizer(
      configurable('tokenizerJson', ({ json }: { readonly json: string }) => createTokenizer(json), { json: 'string' }),
    ),
  ],
});
export default text;
