// @ts-check
import { listsOf } from './changes.mjs';
import { afterLast, among, before, inList } from './edits.mjs';

const layers = 'packages/layers/src';
const statement = (/** @type {string} */ word) =>
  new RegExp(`^${word} (?:type )?\\{[^}]*\\} from '\\./layers/([^']+)\\.ts';$`, 'gm');

/**
 * A layer of `@graft/layers`.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 */
export function layer({ kebab, camel, pascal }, tree) {
  const options = `${pascal}Options`;
  return {
    files: {
      [`${layers}/layers/${kebab}.ts`]: source(pascal),
      [`${layers}/layers/${kebab}.test.ts`]: test(kebab, pascal),
    },
    edits: [
      among(
        `${layers}/index.ts`,
        statement('export'),
        `export { ${pascal}, type ${options} } from './layers/${kebab}.ts';`,
      ),
      among(
        `${layers}/plugin.ts`,
        statement('import'),
        `import { ${pascal}, type ${options} } from './layers/${kebab}.ts';`,
      ),
      afterLast(
        `${layers}/plugin.ts`,
        /^ {4}layer\((?:.*\),$|[^]*?^ {4}\),$)/gm,
        `    layer(configurable('${camel}', (options: ${options}) => new ${pascal}(options), ['beta'])),`,
      ),
      before(
        `${layers}/layers/conformance.test.ts`,
        /^\];\nfor \(const \[name, options, input/gm,
        `  ['${camel}', { beta: 2 }, rows],`,
      ),
      before(
        'packages/onnx/src/export-layers.test.ts',
        /^\];\n\ntest\.each\(\s*cases/gm,
        `  ['${camel}', { beta: 2 }, words],`,
      ),
      inList(
        `${layers}/layers/golden.test.ts`,
        /^const withoutGolden: readonly string\[\] = \[([^\]]*)\];$/dgm,
        `'${camel}'`,
      ),
    ],
    taken: { words: [pascal, options, `'${camel}'`], in: [...listsOf(tree, 'layers'), `${layers}/plugin.ts`] },
    next: [
      `write its formula in ${layers}/layers/${kebab}.ts, and its options in plugin.ts, conformance.test.ts and packages/onnx/src/export-layers.test.ts`,
      'where another framework has it, give tools/golden/layers.py a case and take its name out of withoutGolden in golden.test.ts',
      'name it in packages/layers/README.md; npm run changeset',
    ],
  };
}

const source = (/** @type {string} */ pascal) => `import { mul, scope, sigmoid, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';

export interface ${pascal}Options {
  /** How steep it is; 1 unless told. */
  readonly beta?: number;
}

/** x · sigmoid(beta · x), of any shape. Put your own formula here: what is made of ops has its gradient and its ONNX form from them. */
export class ${pascal} extends Module {
  private readonly beta: number;

  /** @throws if beta is no number */
  constructor({ beta = 1 }: ${pascal}Options = {}) {
    super();
    if (!Number.isFinite(beta)) throw new Error(\`${pascal} expects beta to be a number, got \${beta}.\`);
    this.beta = beta;
    // Something to learn is a field: weight([features]) of ../parameters.ts, with a reset() that initialises it.
  }

  override forward(x: Tensor): Tensor {
    // Where shapes matter, check them first: checkShape(this, x, ['batch', this.features]) of ./check-shape.ts names this layer and what came.
    return scope(() => mul(x, sigmoid(mul(x, this.beta))));
  }
}
`;

const test = (/** @type {string} */ kebab, /** @type {string} */ pascal) => `import { tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { describeLayer } from '../testing/index.ts';
import { ${pascal} } from './${kebab}.ts';

describeLayer('${pascal}', () => new ${pascal}({ beta: 2 }), [{ shape: [2, 3] }]);

test('its values', () => expectClose(new ${pascal}({ beta: 2 }).forward(tensor([-1, 0, 1])).numbers(), [-0.11920292, 0, 0.88079708], 1e-6));
test('options that make no sense are refused', () => expect(() => new ${pascal}({ beta: Number.NaN })).toThrow('${pascal} expects beta to be a number, got NaN.'));
`;
