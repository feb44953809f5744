// @ts-check
import { listsOf } from './changes.mjs';
import { afterLast, among, before, inList } from './edits.mjs';

const layers = 'packages/layers/src';
const statement = (/** @type {string} */ word) =>
  new RegExp(`^${word} (?:type )?\\{[^}]*\\} from '\\./layers/([^']+)\\.ts';$`, 'gm');

/**
 * Generates a layer of `@graft/layers`.
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
        `    layer(configurable('${camel}', (options: ${options}) => new ${pascal}(options), { beta: 'number' })),`,
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
      'if another framework has it, add a case to tools/golden/layers.py and remove its name from withoutGolden in golden.test.ts',
      'add it to packages/layers/README.md; npm run changeset',
    ],
  };
}

const source = (/** @type {string} */ pascal) => `import { mul, scope, sigmoid, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';

export interface ${pascal}Options {
  /** Steepness; default 1. */
  readonly beta?: number;
}

/** x · sigmoid(beta · x), of any shape. Replace the formula with your own: gradient and ONNX export follow from its ops. */
export class ${pascal} extends Module {
  private readonly beta: number;

  /** @throws if beta is not a number */
  constructor({ beta = 1 }: ${pascal}Options = {}) {
    super();
    if (!Number.isFinite(beta)) throw new Error(\`${pascal} expects beta to be a number, got \${beta}.\`);
    this.beta = beta;
    // Trainable weights are fields: weight([features]) of ../parameters.ts, with a reset() that initialises them.
  }

  override forward(x: Tensor): Tensor {
    // If shapes matter, check them first with checkShape(this, x, ['batch', this.features]) of ./check-shape.ts, whose error names this layer.
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
test('invalid options are rejected', () => expect(() => new ${pascal}({ beta: Number.NaN })).toThrow('${pascal} expects beta to be a number, got NaN.'));
`;
