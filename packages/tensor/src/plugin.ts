import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { backend } from './backend.ts';
import { createJsBackend } from './js-backend.ts';
import { type AnyOp, op } from './op.ts';
import * as ops from './ops/index.ts';

/** Whether an export of the ops is a record. */
const isOp = (value: unknown): value is AnyOp => typeof value === 'object' && value !== null && 'infer' in value;

/** What `@graft/tensor` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/tensor',
  apiVersion,
  contributes: [
    backend(configurable('js', () => createJsBackend(), [])),
    ...Object.values(ops)
      .filter(isOp)
      .map((record) => op(record)),
  ],
});
export default plugin;
