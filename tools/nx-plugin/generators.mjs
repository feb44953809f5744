// @ts-check
// `nx generate @graft/nx-plugin:layer gated-unit`: the generators of tools/generate, writing into Nx's tree.
import { generate } from '../generate/generators.mjs';

/**
 * @param {string} kind
 * @returns {(tree: import('nx/src/generators/tree.js').Tree, options: { name: string, file?: string }) => Promise<() => void>} what Nx calls once the files are written
 */
const into =
  (kind) =>
  async (tree, { name, file }) => {
    const { changes, next } = await generate(
      kind,
      name,
      { read: (path) => tree.read(path, 'utf8') ?? undefined, children: (folder) => tree.children(folder) },
      { file },
    );
    for (const [path, content] of Object.entries(changes)) tree.write(path, content);
    return () => console.log(['', 'Next:', ...next.map((line) => `* ${line}`)].join('\n'));
  };

export const callback = into('callback');
export const layer = into('layer');
export const model = into('model');
export const onnxOperator = into('onnx-operator');
export const op = into('op');
export const optimizer = into('optimizer');
export const plugin = into('plugin');
export const transform = into('transform');
const packageOf = into('package');
export { packageOf as package };
