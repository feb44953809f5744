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

/** A kind of tokenizer that a configuration can name. */
export interface TokenizerType extends Named {
  create(options?: object, context?: Context): Tokenizer;
}

/** Tokenizers, by name. */
export const tokenizer: ExtensionPoint<TokenizerType> = extensionPoint('tokenizer');

/** What `@graft/text` adds to an app. */
const text: Plugin = definePlugin({
  name: '@graft/text',
  apiVersion,
  contributes: [
    tokenizer(configurable('tokenizerJson', ({ json }: { readonly json: string }) => createTokenizer(json), ['json'])),
  ],
});
export default text;
