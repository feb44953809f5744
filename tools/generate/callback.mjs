// @ts-check
import { listsOf } from './changes.mjs';
import { afterLast, among, inList } from './edits.mjs';

const callbacks = 'packages/callbacks/src';

/**
 * Generates a callback of `@graft/callbacks`.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 */
export function callback({ kebab, camel, pascal }, tree) {
  return {
    files: {
      [`${callbacks}/${kebab}.ts`]: source(camel, pascal),
      [`${callbacks}/${kebab}.test.ts`]: test(kebab, camel),
    },
    edits: [
      among(
        `${callbacks}/index.ts`,
        /^export .* from '\.\/(.+)\.ts';$/gm,
        `export { ${camel}, type ${pascal}Options } from './${kebab}.ts';`,
      ),
      among(
        `${callbacks}/plugin.ts`,
        /^import .* from '\.\/(.+)\.ts';$/gm,
        `import { ${camel} } from './${kebab}.ts';`,
      ),
      afterLast(
        `${callbacks}/plugin.ts`,
        /^ {4}callback\((?:.*\),$|[^]*?^ {4}\),$)/gm,
        `    callback(configurable('${camel}', ${camel}, { threshold: 'number', tell: 'function' })),`,
      ),
      inList(`${callbacks}/kits.test.ts`, /^import \{([^}]*)\} from '\.\/index\.ts';$/dgm, camel),
      afterLast(
        `${callbacks}/kits.test.ts`,
        /^describeCallback\((?:.*\);$|[^]*?^\);$)/gm,
        `describeCallback('${camel}', () => ${camel}({ tell: () => {} }));`,
      ),
    ],
    taken: {
      words: [camel, `${pascal}Options`, `'${camel}'`],
      in: [...listsOf(tree, 'callbacks'), `${callbacks}/plugin.ts`],
    },
    next: [
      `write its hooks in ${callbacks}/${kebab}.ts: see Callback in packages/train/src/callback.ts`,
      `add its required options to \`needs\` in ${callbacks}/plugin.test.ts`,
      'add it to packages/callbacks/README.md; npm run changeset',
    ],
  };
}

const source = (
  /** @type {string} */ camel,
  /** @type {string} */ pascal,
) => `import type { Callback } from '@graft/train';

export interface ${pascal}Options {
  /** Minimum improvement, as a fraction of the best loss so far; default 0. */
  readonly threshold?: number;
  /** Called with the message; default: prints it. */
  readonly tell?: (sentence: string) => void;
}

/** Reports each epoch with a new lowest loss. Describe your callback here. */
export function ${camel}({ threshold = 0, tell = (sentence) => console.log(sentence) }: ${pascal}Options = {}): Callback {
  if (!(threshold >= 0 && threshold < 1)) throw new Error(\`${camel} expects a threshold in [0, 1), got \${threshold}.\`);
  let least: number | undefined;
  return {
    name: '${camel}',
    // Hooks range from beforeFit to afterFit and may be async; state.stop(reason) ends the run.
    afterEpoch({ epoch, meanLoss }) {
      if (!(meanLoss < (least ?? Number.POSITIVE_INFINITY) * (1 - threshold))) return;
      least = meanLoss;
      tell(\`Epoch \${epoch + 1} has the lowest loss so far, \${meanLoss.toPrecision(3)}.\`);
    },
    // The state for a checkpoint, as plain JSON, so a resumed run continues identically.
    save: () => ({ least }),
    restore: (saved) => void (least = (saved as { least?: number } | null)?.least),
  };
}
`;

const test = (
  /** @type {string} */ kebab,
  /** @type {string} */ camel,
) => `import type { Callback, TrainState } from '@graft/train';
import { expect, test } from 'vitest';
import { ${camel} } from './${kebab}.ts';

const run = (losses: readonly number[], callback: Callback, from = 0): void => {
  for (const [i, meanLoss] of losses.entries()) void callback.afterEpoch!({ epoch: from + i, meanLoss } as TrainState);
};

test('reports the lowest loss, and continues after a checkpoint', () => {
  const told: string[] = [];
  const tell = (sentence: string): void => void told.push(sentence);
  const [first, resumed] = [${camel}({ threshold: 0.1, tell }), ${camel}({ threshold: 0.1, tell })];
  run([0.5, 0.625, 0.49, 0.25], first);
  resumed.restore!(JSON.parse(JSON.stringify(first.save!())), new Map());
  run([0.375, 0.125], resumed, 4);
  expect(told).toEqual(['Epoch 1 has the lowest loss so far, 0.500.', 'Epoch 4 has the lowest loss so far, 0.250.', 'Epoch 6 has the lowest loss so far, 0.125.']);
});
test('invalid options are rejected', () => expect(() => ${camel}({ threshold: 1 })).toThrow('${camel} expects a threshold in [0, 1), got 1.'));
`;
