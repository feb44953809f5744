import { pathToFileURL, fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { readersFiles } from './readers-files.ts';
import { examplesIn, keeps, readmeExamples, writeExamples } from '../tools/readme/readme-examples.mjs';

const examples = readmeExamples(fileURLToPath(new URL('..', import.meta.url)));
writeExamples(examples, await readersFiles());

const withModels = fileURLToPath(new URL('../apps/graft', import.meta.url));
const running = examples.filter((one) => one.run).map((one) => ({ ...one, title: `${one.readme}:${one.line}` }));
describe.each(running.filter((one) => one.declaresTests))(
  'the tests of $title',
  async ({ file }) => void (await import(/* @vite-ignore */ pathToFileURL(file).href)),
);
test.each(running.filter((one) => !one.declaresTests))(
  '$title runs',
  { timeout: 60_000 },
  async ({ file, readme, expected }) => {
    const printed: string[] = [];
    // A project that has every model installed.
    if (readme.startsWith('models/')) vi.spyOn(process, 'cwd').mockReturnValue(withModels);
    const log = vi
      .spyOn(console, 'log')
      .mockImplementation((...values: unknown[]) => void printed.push(format(...values)));
    try {
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    } finally {
      log.mockRestore();
      vi.restoreAllMocks();
    }
    let next = 0;
    for (const promise of expected) {
      const found = printed.findIndex((line, index) => index >= next && keeps(promise, line));
      expect(
        found,
        `"// ${promise}" is promised, and this is printed:\n${printed.slice(next).join('\n')}`,
      ).toBeGreaterThanOrEqual(0);
      next = found + 1;
    }
  },
);

test('finds blocks and their expected output', () => {
  const [first, second] = examplesIn(
    '# a\n```ts\nconsole.log(1 + 1.5); // 2.5\n```\n```ts no-run\nserve();\n```\n```sh\nls\n```\n',
    'README.md',
    'packages/a',
  );
  expect(first).toMatchObject({ line: 2, expected: ['2.5'], run: true });
  expect(second).toMatchObject({ code: 'serve();\n', run: false });
});
test('a block may continue the previous one, and declare tests', () => {
  const [, second, third] = examplesIn(
    "```ts\nconst a = 1;\n```\n```ts continued\nconsole.log(a); // 1\n```\n```ts\nimport { describeOp } from '@graft/tensor/testing';\n```\n",
    'README.md',
    'packages/a',
  );
  expect(second).toMatchObject({
    line: 4,
    code: 'const a = 1;\nconsole.log(a); // 1\n',
    expected: ['1'],
    run: true,
    declaresTests: false,
  });
  expect(third).toMatchObject({ run: true, declaresTests: true });
});
test('compares with the output', () => {
  expect(keeps('[1, 2]', '[ 1, 2 ]')).toBe(true);
  expect(keeps('0.98… in … s', '0.9812 in 3 s\n')).toBe(true);
  expect(keeps('2.5', '2.51')).toBe(false);
});
