// @ts-check
import { listsOf } from './changes.mjs';
import { among, inList } from './edits.mjs';

const augment = 'packages/augment/src';

/**
 * Generates an image transform of `@graft/augment`.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 */
export function transform({ kebab, camel, pascal }, tree) {
  return {
    files: { [`${augment}/${kebab}.ts`]: source(camel, pascal), [`${augment}/${kebab}.test.ts`]: test(kebab, camel) },
    edits: [
      among(
        `${augment}/index.ts`,
        /^export .* from '\.\/(.+)\.ts';$/gm,
        `export { type ${pascal}Options, ${camel} } from './${kebab}.ts';`,
      ),
      among(`${augment}/plugin.ts`, /^import .* from '\.\/(.+)\.ts';$/gm, `import { ${camel} } from './${kebab}.ts';`),
      among(
        `${augment}/plugin.ts`,
        /^ {4}transform\(\{ name: '(\w+)'(?:.*\),$|[^]*?^ {4}\),$)/gm,
        `    transform({ name: '${camel}', create: ${camel} }),`,
      ),
      inList(`${augment}/kits.test.ts`, /^import augment, \{([^}]*)\} from '\.\/index\.ts';$/dgm, camel),
      among(
        `${augment}/kits.test.ts`,
        /^describeTransform\('(\w+)'(?:.*\);$|[^]*?^\);$)/gm,
        `describeTransform('${camel}', () => ${camel}());`,
      ),
    ],
    taken: {
      words: [camel, `${pascal}Options`, `'${camel}'`],
      in: [...listsOf(tree, 'augment'), `${augment}/plugin.ts`],
    },
    next: [
      `write what it does in ${augment}/${kebab}.ts; if it moves pixels, use geometric() of geometric.ts, which also transforms boxes, masks and keypoints`,
      'a golden picture by tools/golden/augment.py, or a test of its distribution in distributions.test.ts',
      'add it to packages/augment/README.md; npm run changeset',
    ],
  };
}

const source = (
  /** @type {string} */ camel,
  /** @type {string} */ pascal,
) => `import { blank, brightness, type Image, numberOption, type Transform } from '@graft/data';
import { sometimes, type SometimesOptions } from './sometimes.ts';

export interface ${pascal}Options extends SometimesOptions {
  /** Strength, from 0 (unchanged) to 1 (all grey); default 0.5. */
  readonly amount?: number;
}

/** Moves every level towards the middle, half of the time by default. Replace it with your own arithmetic; take random numbers from the given stream. */
export const ${camel} = (options: ${pascal}Options = {}): Transform<Image> =>
  sometimes('${camel}', options, 0.5, { amount: numberOption(0.5, { min: 0, max: 1 }) }, (image, { amount }, random) => {
    const [middle, share] = [brightness(image, 127.5), random.range(0, amount)];
    const data = blank(image, image.width, image.height); // bytes for bytes, floats for floats; the input image is not changed
    const rounding = data instanceof Uint8Array ? 0.5 : 0;
    for (let i = 0; i < data.length; i++) data[i] = image.data[i]! + share * (middle - image.data[i]!) + rounding;
    return { ...image, data };
  });
`;

const test = (/** @type {string} */ kebab, /** @type {string} */ camel) => `import { image } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { ${camel} } from './${kebab}.ts';

const picture = image(Uint8Array.of(0, 100, 255), 3, 1, 1);

test('levels move towards the middle, by what was drawn', async () => {
  const ranges = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { data } = await ${camel}({ amount: 0.5, probability: 1 })(picture, new Random(seed));
    ranges.add(data[2]! - data[0]!);
  }
  expect(Math.min(...ranges)).toBeGreaterThanOrEqual(127);
  expect(Math.max(...ranges)).toBeLessThanOrEqual(255);
  expect(ranges.size).toBeGreaterThan(10);
});
test('respects the probability', async () => expect(await ${camel}({ probability: 0 })(picture, new Random(1))).toBe(picture));
test('invalid options are rejected', () => expect(() => ${camel}({ amount: 2 })).toThrow('${camel} expects "amount" to be a number from 0 to 1, got 2.'));
`;
